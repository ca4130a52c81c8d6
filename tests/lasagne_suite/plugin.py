"""Pytest plugin: Lasagne 0.1's tests of 2015 under today's pytest.

Nothing here touches Lasagne itself, which runs as released. Imported before
Lasagne, so that theano is served.
"""

import sys
import types
import unittest.mock

import juntingnet_theano  # noqa: F401  (serves theano)


class Mock(unittest.mock.Mock):
    """A mock of an object, without evaluating the object's properties.

    Since Python 3.8 a mock looks at each attribute of its model to see
    whether it is a coroutine. The tests mock layers whose ``output_shape``
    raises NotImplementedError.
    """

    def _mock_add_spec(self, spec, *args, **kwargs):
        if spec is None or isinstance(spec, (type, list)):
            super()._mock_add_spec(spec, *args, **kwargs)
        else:
            super()._mock_add_spec(dir(spec), *args, **kwargs)
            self.__dict__['_spec_class'] = type(spec)


# The package mock has been a part of Python since 3.3.
mock = types.ModuleType('mock')
mock.__dict__.update(unittest.mock.__dict__, Mock=Mock)
sys.modules['mock'] = mock
