# PyTensor re-exports its names by a plain import, which says that they are private.
from typing import Any

def __getattr__(name: str) -> Any: ...
