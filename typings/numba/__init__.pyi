# numba has no annotations, and its decorators make other things than functions.
from typing import Any

def __getattr__(name: str) -> Any: ...
