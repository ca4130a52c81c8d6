"""Pictures: anything that holds one, to RGB pixels.

In: files, folders, arrays, bytes, PIL images. Out: upright uint8 arrays,
H x W x 3 (`images`), and named stimuli to predict (`stimuli`). Everything that
needs pixels calls it: caches, baselines, prediction, figures.
"""
