"""nolearn 0.6.1's NeuralNet on Lasagne 0.1; `make test-nolearn` installs it."""
