"""Saliency maps: read, resized, blurred, written, laid over their pictures.

In: files and arrays of maps. Out: float32 arrays H x W in [0, 1] (`maps`), strips
of large ones (`striped`), files of maps and overlays (`map_files`,
`map_folders`), and the reasons why a challenge would refuse a map (`map_checks`).
"""
