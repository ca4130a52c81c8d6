"""Vectors of float32 as a type of numba's: LLVM's own, so no C compiler.

A kernel written with these says what stays in registers; LLVM only chooses
which. All loads and stores take a pointer or a one-dimensional array and an
offset in elements; they neither test bounds nor count negative offsets from
the end.

>>> import numba, numpy as np
>>> @numba.njit
... def double(array):
...     store(array, 0, add(load(array, 0), load(array, 0)))
>>> array = np.ones(LANES + 1, 'float32')
>>> double(array)
>>> array[[0, LANES - 1, LANES]].tolist()
[2.0, 2.0, 1.0]
"""

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic, models, register_model

from juntingnet_theano.engine.compat import cgutils, impl_ret_borrowed, ir, populate_array
from juntingnet_theano.engine.numba.kernels.machine import COMPRESSES, LANES
from juntingnet_theano.engine.numba.runtime.compilers import piece

FLOATS = ir.VectorType(ir.FloatType(), LANES)
BYTES = ir.VectorType(ir.IntType(8), LANES)
SIZE = ir.IntType(64)


class _Vector(types.Type):
    """numba's type of an LLVM vector."""


class _Floats(_Vector):
    pass


class _Bytes(_Vector):
    pass


floats = _Floats(f'{LANES}xfloat32')
flags = _Bytes(f'{LANES}xuint8')


@register_model(_Floats)
class _FloatsModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, FLOATS)


@register_model(_Bytes)
class _BytesModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, BYTES)


def address(context, builder, signature, values, first=0):
    """Pointer to the element that two arguments of an intrinsic name: an
    array or a pointer, the `first`, and an offset, the next."""
    kind, data = signature.args[first], values[first]
    if isinstance(kind, types.Array):
        data = context.make_array(kind)(context, builder, data).data
    offset = context.cast(builder, values[first + 1], signature.args[first + 1], types.intp)
    return builder.gep(data, [offset])


def spread_over(builder, value, kind=FLOATS):
    """A vector with `value` in each lane."""
    undefined = ir.Constant(kind, ir.Undefined)
    zero = ir.Constant(ir.IntType(32), 0)
    one_lane = builder.insert_element(undefined, value, zero)
    return builder.shuffle_vector(
        one_lane, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    )


@intrinsic
def load(context, array, offset):
    """LANES floats of `array` from `offset` on."""

    def generate(context, builder, signature, values):
        pointer = address(context, builder, signature, values)
        return builder.load(builder.bitcast(pointer, FLOATS.as_pointer()), align=4)

    return floats(array, offset), generate


@intrinsic
def store(context, array, offset, vector):
    """Write LANES floats to `array` from `offset` on."""

    def generate(context, builder, signature, values):
        pointer = address(context, builder, signature, values)
        builder.store(values[2], builder.bitcast(pointer, FLOATS.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


@intrinsic
def store_flags(context, array, offset, vector):
    """Write LANES bytes to `array` from `offset` on."""

    def generate(context, builder, signature, values):
        pointer = address(context, builder, signature, values)
        builder.store(values[2], builder.bitcast(pointer, BYTES.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


@intrinsic
def spread(context, array, offset):
    """The one float at `offset` in every lane."""

    def generate(context, builder, signature, values):
        return spread_over(
            builder, builder.load(address(context, builder, signature, values), align=4)
        )

    return floats(array, offset), generate


@intrinsic
def fill(context, value):
    """The float32 `value` in every lane."""

    def generate(context, builder, signature, values):
        return spread_over(
            builder, context.cast(builder, values[0], signature.args[0], types.float32)
        )

    return floats(value), generate


@intrinsic
def multiply_add(context, a, b, c):
    """a * b + c, rounded once where the processor can."""

    def generate(context, builder, signature, values):
        kind = ir.FunctionType(FLOATS, [FLOATS] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, f'llvm.fmuladd.v{LANES}f32')
        return builder.call(function, values)

    return floats(floats, floats, floats), generate


@intrinsic
def add(context, a, b):
    """a + b."""

    def generate(context, builder, signature, values):
        return builder.fadd(*values)

    return floats(floats, floats), generate


@intrinsic
def larger(context, a, b):
    """The larger of a and b, lane by lane; NaN where either is NaN."""

    def generate(context, builder, signature, values):
        a, b = values
        take_a = builder.or_(builder.fcmp_ordered('>', a, b), builder.fcmp_unordered('uno', a, a))
        return builder.select(take_a, a, b)

    return floats(floats, floats), generate


@intrinsic
def flag_equal(context, a, b, bit):
    """`bit` where a equals b or a is NaN, else 0."""
    if not isinstance(bit, types.IntegerLiteral):
        return None

    def generate(context, builder, signature, values):
        hit = builder.or_(
            builder.fcmp_ordered('==', values[0], values[1]),
            builder.fcmp_unordered('uno', values[0], values[0]),
        )
        return builder.select(
            hit, ir.Constant(BYTES, [bit.literal_value] * LANES), ir.Constant(BYTES, [0] * LANES)
        )

    return flags(floats, floats, bit), generate


@intrinsic
def join(context, a, b):
    """All bits of the flags a and b."""

    def generate(context, builder, signature, values):
        return builder.or_(*values)

    return flags(flags, flags), generate


@intrinsic
def keep(context, target, to, source, at, flags, flag_at, bits):
    """Those of LANES numbers of 32 bits whose flags have any of `bits`, side by side.

    LANES numbers are written in any case; returned is how many were to be kept.
    For processors that have an instruction for it, `COMPRESSES`; others make no
    code of it.
    """

    def generate(context, builder, signature, values):
        if not COMPRESSES:
            return SIZE(0)
        words = ir.VectorType(ir.IntType(32), LANES)

        def place(number, kind):
            here = address(context, builder, signature, values, number)
            return builder.bitcast(here, kind.as_pointer())

        bits = context.cast(builder, values[6], signature.args[6], types.uint8)
        wanted = spread_over(builder, bits, BYTES)
        seen = builder.and_(builder.load(place(4, BYTES), align=1), wanted)
        kept = builder.icmp_unsigned('!=', seen, ir.Constant(BYTES, [0] * LANES))
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(words, [words, words, kept.type]),
            f'llvm.x86.avx512.mask.compress.v{LANES}i32',
        )
        given = builder.load(place(2, words), align=4)
        found = builder.call(function, [given, ir.Constant(words, [0] * LANES), kept])
        builder.store(found, place(0, words), align=4)
        return builder.ctpop(builder.zext(builder.bitcast(kept, ir.IntType(LANES)), SIZE))

    return types.int64(target, to, source, at, flags, flag_at, bits), generate


@intrinsic
def next_ticket(context, counter, offset):
    """Take ``counter[offset]`` and leave it larger by one, atomically.

    How threads share out work whose parts take unequal times: each takes the
    next part when it has finished one.
    """

    def generate(context, builder, signature, values):
        return builder.atomic_rmw(
            'add',
            address(context, builder, signature, values),
            ir.Constant(ir.IntType(64), 1),
            'monotonic',
        )

    return types.int64(counter, offset), generate


@intrinsic
def channels_first(context, array):
    """N x rows x columns x C seen as N x C x rows x columns.

    numba's own ``transpose`` sorts the axes to check them, which takes
    seconds to compile.
    """
    kind = array.copy(layout='A')

    def generate(context, builder, signature, values):
        source = context.make_array(array)(context, builder, values[0])
        result = context.make_array(kind)(context, builder)
        order = (0, 3, 1, 2)
        shape, strides = [
            cgutils.pack_array(builder, [builder.extract_value(each, axis) for axis in order])
            for each in (source.shape, source.strides)
        ]
        populate_array(
            result,
            data=source.data,
            shape=shape,
            strides=strides,
            itemsize=source.itemsize,
            meminfo=source.meminfo,
            parent=source.parent,
        )
        return impl_ret_borrowed(context, builder, kind, result._getvalue())

    return kind(array), generate


@intrinsic
def shaped(context, array, shape):
    """The elements of a contiguous array in another shape, a tuple.

    Nothing is checked. numba's own ``reshape``, which checks, takes a quarter
    of a second to compile.
    """
    if array.layout != 'C':
        return None
    kind = array.copy(ndim=len(shape))

    def generate(context, builder, signature, values):
        source = context.make_array(array)(context, builder, values[0])
        result = context.make_array(kind)(context, builder)
        sizes = [
            context.cast(builder, value, given, types.intp)
            for value, given in zip(
                cgutils.unpack_tuple(builder, values[1], len(shape)), signature.args[1]
            )
        ]
        strides = [source.itemsize]
        for size in sizes[:0:-1]:
            strides.insert(0, builder.mul(strides[0], size))
        populate_array(
            result,
            data=source.data,
            shape=sizes,
            strides=strides,
            itemsize=source.itemsize,
            meminfo=source.meminfo,
            parent=source.parent,
        )
        return impl_ret_borrowed(context, builder, kind, result._getvalue())

    return kind(array, shape), generate


ALIGNED = 64


@piece
def aligned_floats(count):
    """An uninitialised float32 array on a cache line's boundary.

    numba aligns to 32 bytes. A vector that straddles two lines costs two
    loads, and every second one would.
    """
    block = np.empty(count + ALIGNED // 4, np.float32)
    skip = (-block.ctypes.data % ALIGNED) // 4
    return block[skip : skip + count]


@piece
def aligned_matrix(rows, columns):
    """The same, as a matrix."""
    return shaped(aligned_floats(rows * columns), (rows, columns))


@piece
def counting(count):
    """0, 1, 2, ... as int32: where a row of a matrix has its steps."""
    return np.arange(count).astype(np.int32)


@intrinsic
def prefetch(context, array, offset):
    """Begin to load the cache line of an element into the second-level cache,
    without waiting."""

    def generate(context, builder, signature, values):
        byte, integer = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, integer, integer, integer]),
            'llvm.prefetch.p0',
        )
        place = address(context, builder, signature, values)
        # To read, not for the first level, data.
        # Convergent: LLVM must not write a loop out several times over. It would keep
        # a tile's sums in memory then.
        builder.call(
            function,
            [builder.bitcast(place, byte), integer(0), integer(2), integer(1)],
            attrs=('convergent',),
        )
        return context.get_dummy_value()

    return types.void(array, offset), generate


@intrinsic
def pointer(context, array, offset):
    """Pointer to an element; it does not keep the array alive."""
    return types.CPointer(array.dtype)(array, offset), address


@piece
def memory(array):
    """What lies behind an array of any strides, as one row of elements.

    It keeps nothing alive: the caller must hold `array` while it is used.
    Strides, in elements, say where things are.
    """
    return numba.carray(pointer(array, 0), (1 << 40,))
