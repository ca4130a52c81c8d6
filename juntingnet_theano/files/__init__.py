"""Files that are whole or absent, and files of unknown origin.

In: paths, addresses, bytes that anybody may have made. Out: files under their
final name only when they are complete (`writing`); opened files, unpacked
archives and MAT or HDF5 values that were checked first (`outside`,
`archives`, `matfiles`, `mat5`, `mat73`). Knows nothing of pictures or maps;
every room may call it.
"""
