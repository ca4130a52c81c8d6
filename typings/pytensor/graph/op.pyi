# A call returns a variable or a list of them, and what a variable can do
# depends on its type: PyTensor's annotations know neither.
from typing import Any

class Op:
    L_op: Any
    perform: Any
    __abstractmethods__: Any
    def __call__(self, *inputs: Any, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...

def __getattr__(name: str) -> Any: ...
