"""JuntingNet, the saliency network of Pan and Giro-i-Nieto (2015), today.

Importing this package makes ``import theano`` work: by the original Theano
where it is installed, else by `juntingnet_theano.theano_facade`. That costs
nothing until something imports theano.

>>> import juntingnet_theano
>>> import theano.tensor as T
>>> T.matrix().ndim
2
"""
__version__ = '0.1.0'
