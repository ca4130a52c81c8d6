"""Theano's flags: which exist, their defaults, what they do on PyTensor.

The names and values are those of Theano 1.0 and of the releases before it,
whose ``.theanorc`` files are still about. Only ``tf32`` is newer.

>>> FLAGS['floatX'].default, FLAGS['blas.ldflags'].engine
('float32', 'blas__ldflags')
>>> FLAGS['nvcc.fastmath'].note
'XLA compiles for the GPU, nvcc is not called'
"""

from typing import Any, Dict, NamedTuple, Optional


class Flag(NamedTuple):
    """One flag.

    Attributes
    ----------
    default : object
        None where the engine decides.
    kind : type or tuple of str
        ``bool``, ``int``, ``float``, ``str``, or the values allowed.
    engine : str or None
        PyTensor's flag of the same meaning.
    note : str or None
        Why the flag has no effect here, for users who set it.
    fixed : bool
        Cannot be assigned once theano is imported.
    """

    default: Any = None
    kind: Any = str
    engine: Optional[str] = None
    note: Optional[str] = None
    fixed: bool = False


OLD_LINKERS = ('c', 'c|py', 'c|py_nogc', 'cvm', 'cvm_nogc', 'vm', 'vm_nogc')
LINKERS = ('auto', 'numba', 'jax', 'py') + OLD_LINKERS
MODES = ('Mode', 'FAST_RUN', 'FAST_COMPILE', 'DebugMode', 'DEBUG_MODE', 'NanGuardMode')
OPTIMIZERS = ('o4', 'o3', 'o2', 'o1', 'unsafe', 'fast_run', 'fast_compile', 'merge', 'None')

# Theano's engine is chosen, and its modes are made, in compile.mode.
CHOOSING = {
    'device': Flag('cpu', fixed=True),
    'floatX': Flag('float32', ('float32', 'float64', 'float16'), 'floatX'),
    'linker': Flag('auto', LINKERS),
    'mode': Flag('Mode', MODES),
    'optimizer': Flag('o4', OPTIMIZERS),
    'optimizer_including': Flag(''),
    'optimizer_excluding': Flag(''),
    'optimizer_requiring': Flag(''),
    'force_device': Flag(False, bool, fixed=True, note='the device asked for is always used'),
    'init_gpu_device': Flag('', note='use device=cuda0'),
    'contexts': Flag('', note='one device per process; use device=cuda0'),
    # Float32 products on a GPU from factors of TF32's 10 bits: ours.
    'tf32': Flag(False, bool, fixed=True),
    # Memory of the GPU: XLA takes its share when it starts.
    'gpuarray.preallocate': Flag(None, float, fixed=True),
    'lib.cnmem': Flag(None, float, fixed=True),
}

# Flags that PyTensor has kept. It writes a dot as two underscores. Those
# that a release has dropped are then accepted without effect.
KEPT = """
    DebugMode.check_c DebugMode.check_finite DebugMode.check_preallocated_output
    DebugMode.check_preallocated_output_ndim DebugMode.check_py DebugMode.check_strides
    DebugMode.patience DebugMode.warn_input_not_reused NanGuardMode.action
    NanGuardMode.big_is_error NanGuardMode.inf_is_error NanGuardMode.nan_is_error allow_gc
    blas.check_openmp blas.ldflags cast_policy check_input check_stack_trace
    cmodule.age_thresh_use cmodule.compilation_warning cmodule.debug cmodule.preload_cache
    cmodule.remove_gxx_opt cmodule.warn_no_version compile.timeout compile.wait compiledir
    compiledir_format cxx cycle_detection exception_verbosity gcc.cxxflags lib.amdlibm
    metaopt.verbose nocleanup on_opt_error on_shape_error on_unused_input openmp
    openmp_elemwise_minsize optdb.max_use_ratio optdb.position_cutoff optimizer_verbose
    print_global_stats profile profile_memory profile_optimizer profiling.debugprint
    profiling.destination profiling.ignore_first_call profiling.min_memory_size
    profiling.min_peak_memory profiling.n_apply profiling.n_ops
    profiling.output_line_width profiling.time_thunks scan.allow_gc
    scan.allow_output_prealloc tensor.cmp_sloppy
    tensor.insert_inplace_optimizer_validate_nb traceback.compile_limit traceback.limit
    unpickle_function vm.lazy warn.ignore_bug_before warn_float64 base_compiledir
    numba.cache numba.fastmath"""

# Flags without effect, by the reason that their user is told.
POINTLESS = {
    'XLA compiles for the GPU, nvcc is not called': """
        nvcc.fastmath nvcc.flags nvcc.compiler_bindir nvcc.cudafe
        cuda.root cuda.include_path cuda.enabled
        cuda.disable_gcc_cudnn_check ctc.root""",
    'XLA chooses cuDNN and its algorithms by itself': """
        dnn.enabled dnn.include_path dnn.library_path dnn.base_path
        dnn.bin_path dnn.conv.algo_fwd dnn.conv.algo_bwd
        dnn.conv.algo_bwd_data dnn.conv.algo_bwd_filter dnn.conv.precision
        dnn.conv.workmem dnn.conv.workmem_bwd magma.enabled
        magma.include_path magma.library_path""",
    'XLA schedules the GPU': """
        gpuarray.sched gpuarray.single_stream gpuarray.sync
        gpuarray.cache_path gpuelemwise.sync gpu.local_elemwise_fusion
        enable_initial_driver_test assert_no_cpu_op print_active_device""",
    'PyTensor has no test values, compute with variable.eval({x: value})': """
        compute_test_value compute_test_value_opt pickle_test_value
        print_test_value""",
    'PyTensor always does what this switched on': """
        tensor.local_elemwise_fusion experimental.local_alloc_elemwise
        experimental.local_alloc_elemwise_assert warn.inc_subtensor1_opt""",
    'PyTensor has no such switch': """
        cache_optimizations conv.assert_shape deterministic
        experimental.unpickle_gpu_on_cpu int_division
        metaopt.optimizer_excluding metaopt.optimizer_including
        reoptimize_unpickled_function scan.debug unittests.rseed
        cmodule.mac_framework_link allow_output_prealloc""",
    'it spoke of a fault of an old Theano': """
        warn.argmax_pushdown_bug warn.gpu_set_subtensor1
        warn.gpusum_01_011_0111_bug warn.identify_1pexp_bug
        warn.inc_set_subtensor1 warn.reduce_join warn.round
        warn.signal_conv2d_interface warn.subtensor_merge_bug
        warn.sum_div_dimshuffle_bug warn.sum_sum_bug warn.vm_gc_bug""",
    'set it with numpy.seterr': """
        numpy.seterr_all numpy.seterr_divide numpy.seterr_invalid
        numpy.seterr_over numpy.seterr_under""",
}

# Defaults that programs read or compare with.
DEFAULTS = {
    'compute_test_value': 'off',
    'compute_test_value_opt': 'off',
    'pickle_test_value': True,
    'print_test_value': False,
    'int_division': 'int',
    'deterministic': 'default',
    'dnn.enabled': 'auto',
    'assert_no_cpu_op': 'ignore',
    'print_active_device': True,
    'conv.assert_shape': False,
    'unittests.rseed': '666',
    'numpy.seterr_all': 'ignore',
}

# Flags of which some values have no effect and can be accepted, but not all: a
# user who asks for an error must get it.
KINDS: Dict[str, Any] = dict.fromkeys(
    ('compute_test_value', 'compute_test_value_opt'), ('off', 'ignore', 'warn')
)


def _flags():
    flags = dict(CHOOSING)
    for name in KEPT.split():
        flags[name] = Flag(engine=name.replace('.', '__'))
    for note, names in POINTLESS.items():
        for name in names.split():
            default = DEFAULTS.get(name)
            kind = KINDS.get(name, bool if isinstance(default, bool) else str)
            flags[name] = Flag(default, kind, note=note)
    return flags


FLAGS = _flags()
"""Every flag by its name in Theano."""
