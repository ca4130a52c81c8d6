"""One reader a data set; `juntingnet_theano.datasets` says what each offers."""
