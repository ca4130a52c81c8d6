"""numba's compiler, for graphs, kernels and the pieces of kernels.

numba makes machine code of each function, and links a copy of each function
into all that call it, under the name that it has everywhere. Two things differ
here:

- LLVM keeps the first function of a name that it meets, and each copy was
  optimised among other code, which may round otherwise. So what ran would
  depend on what the process had compiled or read before. Here the copies get
  names of their own: a function runs the same code in the process that
  compiles it and in those that read it from the disk.
- Most functions are only ever copied, so their own machine code is never
  called. Here it is made when it is asked for, which saves a third of a first
  start.

>>> @piece
... def double(number):
...     return 2 * number
>>> double.py_func(4)       # for other compiled functions; Python cannot call it
8
"""

import uuid
from typing import Any, Callable

import numba

from juntingnet_theano.engine.compat import Compiler, JITCodeLibrary, binding
from juntingnet_theano.engine.numba.runtime import signals
from juntingnet_theano.engine.numba.runtime.replaced_methods import replaced


class _Copied(JITCodeLibrary):
    """Code that others copy, with machine code when somebody asks for it."""

    _complete = False

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        # numba writes to a function's variables as soon as it is compiled.
        variables = [g for g in self._final_module.global_variables if g.linkage.name == 'common']
        with signals.deferred():
            self._codegen._add_module(binding.parse_assembly('\n'.join(map(str, variables))))
            self._codegen._engine.finalize_object()
        self._finalized = True

    def _make_complete(self):
        if not self._complete:
            self._complete = True
            super()._finalize_final_module()

    def get_pointer_to_function(self, name):
        self._ensure_finalized()
        if any(each.name == name for each in self.get_defined_functions()):
            self._make_complete()
        return super().get_pointer_to_function(name)

    def _get_compiled_object(self):
        self._make_complete()
        return super()._get_compiled_object()


class _Piece(_Copied):
    """Code that LLVM optimises where it is copied to, and nowhere else."""

    def _optimize_final_module(self):
        pass


class _Whole(JITCodeLibrary):
    """Machine code whose copies of other functions have names of their own."""

    def _finalize_final_module(self):
        # After LLVM's passes, on which names have no influence.
        own = uuid.uuid4().hex
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == 'linkonce_odr':
                function.name = f'{function.name}.{own}'
        super()._finalize_final_module()


def _put_into(library, state):
    """Let numba put what it compiles into a library of that class."""
    state.library = library(state.targetctx.codegen(), state.func_id.func_qualname)
    state.library.enable_object_caching()


class PieceCompiler(Compiler):
    """For `piece`."""

    def define_pipelines(self) -> Any:
        """numba's passes."""
        _put_into(_Piece, self.state)
        return super().define_pipelines()


class WholeCompiler(Compiler):
    """For graphs and kernels: ``njit(pipeline_class=WholeCompiler)``."""

    def define_pipelines(self) -> Any:
        """numba's passes."""
        _put_into(_Whole, self.state)
        return super().define_pipelines()

    def _compile_core(self):
        with replaced(Compiler, 'define_pipelines', _only_copied), signals.deferred_by_llvm():
            return super()._compile_core()


def _only_copied(define_pipelines, compiler):
    """What a kernel's compilation compiles and Python cannot call, as numba's
    own ``np.zeros``, gets no machine code before it is asked for."""
    state = compiler.state
    if state.flags.no_cpython_wrapper and not state.library:
        state.flags.no_cfunc_wrapper = True
        _put_into(_Copied, state)
    return define_pipelines(compiler)


def piece(function: Callable[..., Any]) -> Any:
    """Decorator: a numba function that only kernels and other pieces call."""
    return numba.njit(
        function,
        error_model='numpy',
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        pipeline_class=PieceCompiler,
    )
