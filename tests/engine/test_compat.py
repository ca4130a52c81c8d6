"""What other versions of PyTensor and numba say."""

from nose.tools import assert_equal, assert_in

from tests.helpers.facade_helpers import python, skip_on_original

WITHOUT = """
import sys, types
sys.modules['numba.core.caching'] = types.ModuleType('numba.core.caching')
from juntingnet_theano.engine.errors import EngineError
try:
    from juntingnet_theano.engine.compat import FunctionCache
except EngineError as error:
    print(error)
"""
COMMAND = """
from PIL import Image
from juntingnet_theano.cli.main import main
Image.new('RGB', (96, 96)).save('a.png')
print(main(['predict', 'a.png', '--out', 'maps']))
"""


def test_a_version_that_lacks_something_is_named_with_what_it_lacks():
    skip_on_original()
    said, _ = python(WITHOUT)
    assert_in('numba.core.caching.FunctionCache', said)
    for library in ('pytensor', 'numba', 'llvmlite'):
        assert_in(library + ' ', said)
    assert_in("next: pip install 'pytensor>=3.0,<3.4'", said)


def test_the_command_line_tells_of_faults_of_the_engine():
    skip_on_original()
    for flags in ('device=perhaps', 'floatX="'):
        out, said = python(COMMAND, flags=flags)
        assert_equal(out.split()[-1:], ['2'], said)
        assert_in('While reading THEANO_FLAGS', said)
