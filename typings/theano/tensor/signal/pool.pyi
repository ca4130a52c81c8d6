# Theano or its stand-in is found while a program runs: no checker can look into it.
from typing import Any

def __getattr__(name: str) -> Any: ...
