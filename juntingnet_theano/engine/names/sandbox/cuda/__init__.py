"""``theano.sandbox.cuda``: what programs ask of the GPU before they use it.

>>> import theano.sandbox.cuda
>>> theano.sandbox.cuda.cuda_available      # of device=cpu
False
"""

from juntingnet_theano.engine.names.configparser import config

cuda_available = cuda_enabled = config.device != 'cpu'

from juntingnet_theano.engine.names.sandbox.cuda import dnn  # noqa: E402,F401
