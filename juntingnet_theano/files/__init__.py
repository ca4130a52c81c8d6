"""Files that are whole or absent, and files of unknown origin.

In: paths, addresses, and bytes that anybody may have made. Out: files that get
their final name only when they are complete (`writing`); opened files, unpacked
archives and MAT or HDF5 values, all checked first (`outside`, `archives`,
`matfiles`, `mat5`, `mat73`). It knows nothing of pictures or maps; every room may
call it.
"""
