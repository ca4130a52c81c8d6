"""Pictures: whatever carries one, as RGB pixels.

In: files, folders, arrays, bytes, PIL images. Out: uint8 arrays H x W x 3,
upright (`images`), and named stimuli to predict (`stimuli`). Called by
everything that needs pixels: caches, baselines, prediction, figures.
"""
