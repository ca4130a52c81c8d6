"""Compiled functions whose copies of other functions have names of their own.

numba links what a function calls into its machine code, under the name that
it has everywhere. LLVM keeps the first function of a name that it meets, and
each copy was optimised among other code, which may round otherwise. So what
ran would depend on what the process had compiled or read before. With names
of its own, a function runs its own copies, in the process that compiles it
and in those that read it from the disk.

>>> import numba
>>> compiled = numba.njit(pipeline_class=OwnCopies)(abs)
>>> compiled.py_func is abs
True
"""

import uuid
from typing import Any

from juntingnet_theano.engine.compat import Compiler, JITCodeLibrary


class _Library(JITCodeLibrary):
    def _finalize_final_module(self):
        # After LLVM's passes, on which names have no influence.
        own = uuid.uuid4().hex
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == 'linkonce_odr':
                function.name = f'{function.name}.{own}'
        super()._finalize_final_module()


class OwnCopies(Compiler):
    """numba's compiler, for ``njit(pipeline_class=...)``."""

    def define_pipelines(self) -> Any:
        """Passes of the compiler; what they put their code into is ours."""
        codegen = self.state.targetctx.codegen()
        self.state.library = _Library(codegen, self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()
