"""The fast kernels: which Op calls which, on which layout of memory.

::

    Op (engine/ops)              kernel                 memory
    -------------------------    ------                 ------
    ByteImages                   byte_images            bytes, channels first
      bytes, rows, mirrored                             -> channels last
    ConvPool                     conv_pool              images as they come, or
      images, filters, bias                             channels last
                                                        -> maps channels last,
                                                           codes, a byte a cell
      without gradients          winograd               the same, or bytes; no
                                   winograd_many,       codes; filters in
                                   winograd_few         panels, transformed
                                 winograd_code          transforms of tiles
                                 winograd_transforms    their matrices
    ConvPoolGrad                 conv_pool_gradient     channels last
                                   live_places          lists of live places
                                   gather               sums over the lists
    Dot                          gemm                   rows and packed panels,
                                                        or BLAS
      of few rows                few_rows               weights as they lie
    DenseUpdate                  dense_update           the same, and weights
                                                        and velocities in place
                                 denormals              no numbers below 1.2e-38

    all of them                  tile                   R x V vectors of results
                                                        in registers
    below                        lanes                  vectors as a type of
                                                        numba's
                                 machine                how wide, how many

Maps go from one convolution to the next channels last: `ConvPool` hands on a
view of N x C x H x W whose strides say so, and the next kernel looks at the
strides. Images in any other layout are copied into a buffer, one at a time.

Everything else takes the plain kernels beside this folder, or PyTensor's own:
other strides, paddings, windows and dtypes.

How to change a tile: `tile.VECTORS` says how wide it is, `machine` how many
registers there are; everything else follows. How to see what LLVM makes of
it: ``inspect_asm()`` of the numba function that `kernel_calls.part`
returns.
"""
