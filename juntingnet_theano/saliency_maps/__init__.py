"""Saliency maps: read, resized, blurred, written, laid over their picture.

In: files and arrays of maps. Out: float32 arrays H x W in [0, 1] (`maps`),
or strips of large ones (`striped`), files of maps and overlays (`map_files`,
`map_folders`), and what is wrong with a map that a challenge would refuse
(`map_checks`).
"""
