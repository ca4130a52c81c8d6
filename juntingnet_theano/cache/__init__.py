"""HDF5 caches: a data set at the network's size, all splits in one file.

Between the raw files and the minibatches: `preprocessing` fills a
`CacheWriter`, everything later reads through `open_cache`, or several at once
through `open_caches`. The file follows the conventions of Fuel (`fuel`), so
that other programs can read it too.

>>> PreprocessingSettings().image_size
96
"""

from juntingnet_theano.cache.joined import JoinedCache, open_caches
from juntingnet_theano.cache.reader import Cache, open_cache
from juntingnet_theano.cache.writer import CacheWriter
from juntingnet_theano.settings.preprocessing import PreprocessingSettings

__all__ = [
    'Cache',
    'CacheWriter',
    'JoinedCache',
    'PreprocessingSettings',
    'open_cache',
    'open_caches',
]
