"""What each Op of ours, and a few of PyTensor's, become in numba.

Thin: an Op's function asks `engine.numba.kernels` for a kernel and calls it.
Importing a module registers its Ops.
"""
