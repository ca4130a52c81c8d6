"""What a person can set: records of plain values, from TOML or JSON and back.

In: TOML files, ``--set key=value``, JSON attributes of caches and weights.
Out: `training.Settings`, `preprocessing.PreprocessingSettings`,
`postprocessing.PostProcessing`, each with the paper's values as defaults.
Called by every room that does what a setting says.
"""
