"""``theano.typed_list``: refused.

>>> callable(TypedListType)
True
"""

from juntingnet_theano.engine.refusals import refuse_all

globals().update(
    refuse_all(
        'theano.typed_list',
        'TypedListType TypedListVariable TypedListConstant GetItem Append Extend Insert Remove '
        'Reverse Index Count Length MakeList append count extend getitem index insert length '
        'make_list remove reverse',
        'PyTensor has no lists in a graph',
        'keep a Python list of variables, or stack tensors of one shape with T.stack',
    )
)
