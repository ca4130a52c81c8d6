"""What a person can set: records of plain values, from TOML or JSON and back.

In: TOML files, ``--set key=value``, JSON attributes of caches and weights.
Out: `training.Settings`, `preprocessing.PreprocessingSettings`,
`postprocessing.PostProcessing`, each with the paper's values as defaults.
Every room that obeys a setting calls it.
"""
