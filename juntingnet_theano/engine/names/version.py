"""``theano.version``: the Theano that is spoken, and who speaks it.

>>> version.startswith('1.0.5+pytensor')
True
"""

import pytensor

version = full_version = short_version = f'1.0.5+pytensor{pytensor.__version__}'
