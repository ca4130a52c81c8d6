# numba itself gives an intrinsic its first parameter, which its annotations do not say.
from typing import Any

def __getattr__(name: str) -> Any: ...
