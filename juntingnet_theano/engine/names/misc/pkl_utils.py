"""``theano.misc.pkl_utils``: refused.

>>> callable(load)
True
"""

from juntingnet_theano.engine.refusals import refuse_all

globals().update(
    refuse_all(
        'theano.misc.pkl_utils',
        'dump load CompatUnpickler PersistentNdarrayID PersistentNdarrayLoad '
        'PersistentSharedVariableID StripPickler',
        'a pickle runs whatever code its author wrote',
        'save values with numpy.savez(path, **{p.name: p.get_value() for p in params}); '
        '`juntingnet weights import` reads the parameters of pickles and runs nothing',
    )
)
