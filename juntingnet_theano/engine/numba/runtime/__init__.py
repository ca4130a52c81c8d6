"""How compiled kernels run: threads, disk cache, the graph as one function."""
