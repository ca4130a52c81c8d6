# JAX comes with an extra, so that most environments lack it.
from typing import Any

def __getattr__(name: str) -> Any: ...
