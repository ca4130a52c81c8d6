"""``theano.compile.mode``: which linker compiles, for which device.

``device=cpu`` compiles with PyTensor's numba linker, ``device=cuda*`` and
``device=gpu*`` with its JAX linker (XLA). ``linker=`` chooses by hand:
``linker=jax`` with ``device=cpu`` runs XLA on the CPU, ``linker=py`` the
NumPy references. The chosen mode is made PyTensor's default too, so that
``variable.eval()`` uses it.

>>> linker_for('cpu', 'auto'), linker_for('cuda0', 'auto')
('numba', 'jax')
"""

import importlib
import importlib.util
import os
import re
from typing import Any

import pytensor
from pytensor.compile.mode import (  # noqa: F401
    Mode,
    optdb,
    predefined_linkers,
    predefined_modes,
    predefined_optimizers,
    register_linker,
    register_mode,
    register_optimizer,
)
from pytensor.compile.mode import get_mode as _get_engine_mode

from juntingnet_theano.engine import numba_environment, pytensor_sources
from juntingnet_theano.engine.errors import BadSetting, MissingDependency
from juntingnet_theano.engine.names.configparser import config, reading
from juntingnet_theano.engine.ops import TRUE_DIV

ENGINE = __name__.partition('names')[0]
DEVICE_MEMORY = ENGINE + 'jax.device_memory'
GPU = re.compile(r'(?:cuda|gpu)(\d*)$')
CHOOSING = (
    'mode',
    'linker',
    'optimizer',
    'optimizer_including',
    'optimizer_excluding',
    'optimizer_requiring',
)
"""Flags on which the default mode depends."""


def linker_for(device: str, linker: str) -> str:
    """Name of PyTensor's linker.

    Parameters
    ----------
    device : str
        ``cpu``, ``cuda``, ``cuda0``, ``gpu``, ``gpu0``, ...
    linker : str
        The flag; ``auto`` leaves the choice to the device.

    Raises
    ------
    BadSetting
        For another device, or a linker that cannot use it.
    """
    if device != 'cpu' and not GPU.match(device):
        raise BadSetting(reading('device'), 'device=' + device, 'cpu, cuda, cuda0, cuda1, ...')
    if device == 'cpu':
        return 'numba' if linker == 'auto' else linker
    if linker not in ('auto', 'jax'):
        raise BadSetting(
            reading('linker'),
            f'device={device},linker={linker}',
            'linker=jax on a GPU',
            'leave linker out',
        )
    return 'jax'


def start_jax(device: str) -> None:
    """Make JAX use `device` and no other.

    Raises
    ------
    MissingDependency
        If JAX, or the GPU, is not there.
    """
    doing = f'choosing device={device}'
    if importlib.util.find_spec('jax') is None:
        raise MissingDependency(
            doing,
            'JAX is not installed',
            'JAX, which compiles for it',
            'pip install jax' if device == 'cpu' else "pip install 'jax[cuda12]'",
        )
    _share_gpu_memory()
    import jax

    if jax.config.jax_default_matmul_precision is None:
        # Left alone, JAX rounds the factors of float32 products to TF32's 10
        # bits on recent GPUs. JAX_DEFAULT_MATMUL_PRECISION still chooses.
        jax.config.update(
            'jax_default_matmul_precision', 'tensorfloat32' if config.tf32 else 'float32'
        )
    _keep_programs(jax.config)
    if device == 'cpu':
        # Or it would take the memory of a GPU that it does not use.
        jax.config.update('jax_platforms', 'cpu')
        return
    try:
        found = jax.devices('gpu')
    except RuntimeError:
        found = []
    number = int(re.sub(r'\D', '', device) or 0)
    if number >= len(found):
        raise MissingDependency(
            doing,
            'JAX sees {} GPUs'.format(len(found) or 'no'),
            'an NVIDIA GPU with its driver, and JAX for CUDA',
            "pip install 'jax[cuda12]', or THEANO_FLAGS=device=cpu",
        )
    jax.config.update('jax_default_device', found[number])


def _keep_programs(settings):
    """Keep all of XLA's programs on disk for later processes. A user who has
    set JAX's folder (an empty one for none) has set the rest too."""
    if settings.jax_compilation_cache_dir is None:
        settings.update(
            'jax_compilation_cache_dir', os.path.join(str(pytensor.config.base_compiledir), 'jax')
        )
        settings.update('jax_persistent_cache_min_compile_time_secs', 0)


def _share_gpu_memory():
    """Theano's share of the GPU's memory, as XLA's: up to 1 a fraction,
    above that megabytes (which XLA cannot, it then takes what it needs),
    0 or less no reservation."""
    share = config.gpuarray.preallocate
    share = config.lib.cnmem if share is None else share
    if share is None:
        return
    if 0 < share <= 1:
        os.environ.setdefault('XLA_PYTHON_CLIENT_MEM_FRACTION', str(share))
    else:
        os.environ.setdefault('XLA_PYTHON_CLIENT_PREALLOCATE', 'false')


def get_mode(mode: Any = None) -> Any:
    """The mode of that name, for the chosen device.

    Parameters
    ----------
    mode : str or Mode, optional
        ``config.mode`` by default. ``FAST_COMPILE`` on the CPU runs NumPy,
        ``Mode`` and ``FAST_RUN`` the chosen linker.

    Returns
    -------
    Mode
    """
    mode = config.mode if mode is None else mode
    if not isinstance(mode, str):
        return _with_true_div(mode)
    linker = linker_for(config.device, config.linker)
    if mode.upper() in ('JAX', 'NUMBA'):
        return _engine_mode(mode.lower(), config.optimizer)
    if mode.upper() in ('MODE', 'FAST_RUN'):
        return _engine_mode(linker, config.optimizer)
    if mode.upper() == 'FAST_COMPILE' and linker == 'jax':
        return _engine_mode(linker, 'fast_compile')
    return _with_true_div(_get_engine_mode(mode))


def _with_true_div(mode):
    """A mode that divides integers as Theano did. Debugging modes lose their
    own settings when they are copied and stay as they are."""
    optimizer = mode.provided_optimizer
    if type(mode) is not Mode or TRUE_DIV in getattr(optimizer, 'include', (TRUE_DIV,)):
        return mode
    return mode.including(TRUE_DIV)


def _engine_mode(linker, optimizer):
    named = predefined_modes.get(linker.upper())
    if optimizer in ('o4', 'fast_run') and named is not None:
        optimizer = named.provided_optimizer
    none: Any = None  # no rewriting, which PyTensor takes and does not annotate
    mode = Mode(_linker(linker), none if optimizer == 'None' else optimizer)
    for name in ('including', 'excluding', 'requiring'):
        tags = getattr(config, 'optimizer_' + name)
        if tags:
            mode = getattr(mode, name)(*tags.split(':'))
    return mode if optimizer == 'None' else _with_true_div(mode)


def _linker(name):
    if name == 'jax':
        return importlib.import_module(DEVICE_MEMORY).DeviceLinker()
    if name == 'numba':
        return importlib.import_module(ENGINE + 'numba.runtime.linker').KernelLinker()
    return name


def get_default_mode() -> Any:
    """What compiles where no mode is given."""
    return get_mode(None)


def arithmetic() -> str:
    """Whose arithmetic computes: what the last bits of results depend on
    besides the graph."""
    linker = linker_for(config.device, config.linker)
    if linker == 'numba':
        return importlib.import_module(ENGINE + 'numba.runtime.threads').arithmetic()
    return f'{linker} on {config.device}'


def _follow(flag):
    """Keep PyTensor's own default in step with ``theano.config``."""
    if flag in CHOOSING:
        pytensor.config.mode = get_mode()


def _start():
    linker = linker_for(config.device, config.linker)
    pytensor_sources.install()
    if linker == 'numba':
        numba_environment.check(os.environ)
    if linker == 'jax':
        start_jax(config.device)
        importlib.import_module(DEVICE_MEMORY).install()
        importlib.import_module(ENGINE + 'jax.static_shapes').install()
    if linker in ('numba', 'jax'):
        importlib.import_module(ENGINE + linker)
    pytensor.config.mode = get_mode()
    config.listen(_follow)


_start()
FAST_RUN, FAST_COMPILE = get_mode('FAST_RUN'), get_mode('FAST_COMPILE')
