"""``theano.version``: the version of Theano that is served, and what serves it.

>>> version.startswith('1.0.5+pytensor')
True
"""

import pytensor

version = full_version = short_version = f'1.0.5+pytensor{pytensor.__version__}'
