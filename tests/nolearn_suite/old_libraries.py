"""What nolearn 0.6.1 of 2015 imports of Python and scikit-learn, and is gone.

Nothing here touches nolearn. Imported before it.
"""

import collections
import collections.abc
import sys
import types

from sklearn import model_selection

collections.Iterable = collections.abc.Iterable


def KFold(n, n_folds):
    """Indices for training and for validation, `n_folds` times."""
    return model_selection.KFold(n_folds).split(range(n))


def StratifiedKFold(y, n_folds):
    """`KFold` with each class in each fold."""
    return model_selection.StratifiedKFold(n_folds).split(y, y)


sys.modules['sklearn.cross_validation'] = types.ModuleType('sklearn.cross_validation')
sys.modules['sklearn.cross_validation'].__dict__.update(
    KFold=KFold, StratifiedKFold=StratifiedKFold
)
