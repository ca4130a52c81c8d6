"""A vector of the graph as the sizes of a sample.

>>> sizes = elements(pt.lvector(), 2)
>>> len(sizes), sizes[0].ndim
(2, 0)
"""

from typing import Any, List, Optional

import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.raise_op import CheckAndRaise


def elements(size: Variable, ndim: Optional[int] = None) -> List[Any]:
    """The elements of `size`, each a scalar.

    Parameters
    ----------
    size : integer vector or scalar of the graph
    ndim : int, optional
        How many there are, where the graph does not know. A call of the
        compiled function raises ValueError for a vector of another length.

    Raises
    ------
    ValueError
        If neither says how many.
    """
    vector: Any = pt.atleast_1d(size)
    if ndim is None:
        return [vector[axis] for axis in range(pt.get_vector_length(vector))]
    length = vector.type.shape[0]
    if length is None:
        check = CheckAndRaise(ValueError, f'size: ndim={ndim} says how many elements it has')
        vector = check(vector, pt.eq(vector.shape[0], ndim))
    elif length != ndim:
        raise ValueError(f'a size of {length} elements does not fit ndim={ndim}')
    return [vector[axis] for axis in range(ndim)]
