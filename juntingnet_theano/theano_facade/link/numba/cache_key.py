"""Key under which PyTensor keeps a compiled kernel on disk.

numba's index already tells apart processors, numba versions, dtypes and
layouts. PyTensor adds this key and trusts it: were it the Op alone, a kernel
whose source was edited would be served as compiled before the edit. So the
key holds a digest of this package's source. The number of threads is not in
it: kernels ask for it when they run.
"""
import functools
import hashlib
import os


@functools.lru_cache(maxsize=None)
def source_digest():
    """SHA-256 of the source files of this package, in hexadecimal."""
    digest = hashlib.sha256()
    folder = os.path.dirname(os.path.abspath(__file__))
    for name in sorted(os.listdir(folder)):
        if name.endswith('.py'):
            with open(os.path.join(folder, name), 'rb') as file:
                digest.update(name.encode() + b'\0' + file.read())
    return digest.hexdigest()


def kernel_key(op):
    """Key of the kernel of `op`: its type, its properties, our source."""
    text = repr((type(op).__module__, type(op).__name__, op._props(),
                 source_digest()))
    return hashlib.sha256(text.encode()).hexdigest()
