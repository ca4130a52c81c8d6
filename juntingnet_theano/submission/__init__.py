"""Submission: maps of a testing split to the archive that a challenge takes.

In: a folder of maps and the list of the split. Out: ``results.mat`` or
``results.zip``, checked before it gets its name (`packing`). `cell_arrays`
and `result_json` are the two forms, which evaluation reads too.
"""
