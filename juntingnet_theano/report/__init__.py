"""Reports: what to look at after a run, and what a file is.

In: runs, caches, weights, raw files. Out: learning curves, panels and the
paper's figures (`plots`, `pictures`, `figure1`), and lines of text that
describe a file (`descriptions`). Called by the command line.
"""
