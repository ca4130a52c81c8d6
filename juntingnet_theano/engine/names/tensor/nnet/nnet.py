"""``theano.tensor.nnet.nnet``: activations and cross-entropies.

Formulas as in the documentation of Theano 1.0.

>>> relu(pt.constant([-2., 3.]), 0.5).eval().tolist()
[-1.0, 3.0]
"""

from typing import Any, Optional, Tuple

import pytensor.tensor as pt
from pytensor.tensor import softplus
from pytensor.tensor.special import log_softmax
from pytensor.tensor.special import softmax as _softmax


def relu(x: Any, alpha: Any = 0) -> pt.TensorVariable:
    """max(x, 0) + alpha min(x, 0), written as Theano writes it: its gradient
    at exactly 0 is then Theano's, half of each side."""
    if alpha == 0:
        return 0.5 * (x + abs(x))
    return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)


def elu(x: Any, alpha: Any = 1) -> pt.TensorVariable:
    """x above 0, alpha (exp(x) - 1) below."""
    return pt.switch(x > 0, x, alpha * pt.expm1(x))


def selu(x: Any) -> pt.TensorVariable:
    """Scaled `elu` with the constants of Klambauer et al. (2017)."""
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def softmax(c: Any, axis: Optional[int] = -1) -> pt.TensorVariable:
    """Exponentials divided by their sum, along the last axis; a vector
    becomes one row, as in Theano."""
    c = pt.as_tensor_variable(c)
    return _softmax(c.dimshuffle('x', 0) if c.ndim == 1 else c, axis=axis)


def logsoftmax(c: Any, axis: Optional[int] = -1) -> pt.TensorVariable:
    """Logarithm of `softmax`, computed stably."""
    c = pt.as_tensor_variable(c)
    return log_softmax(c.dimshuffle('x', 0) if c.ndim == 1 else c, axis=axis)


def softsign(x: Any) -> pt.TensorVariable:
    """x / (1 + |x|)."""
    return x / (1.0 + abs(x))


def binary_crossentropy(output: Any, target: Any) -> pt.TensorVariable:
    """Cross-entropy of probabilities with 0/1 targets, element by element."""
    return -(target * pt.log(output) + (1.0 - target) * pt.log(1.0 - output))


def sigmoid_binary_crossentropy(output: Any, target: Any) -> pt.TensorVariable:
    """`binary_crossentropy` of ``sigmoid(output)``, computed stably."""
    return softplus(-abs(output)) + output * ((output > 0) - target)


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> pt.TensorVariable:
    """Cross-entropy of each row of `coding_dist`.

    Parameters
    ----------
    coding_dist : matrix
        A distribution a row.
    true_dist : matrix or integer vector
        A distribution a row, or the true class of each row.

    Raises
    ------
    TypeError
        For `true_dist` of another number of axes.
    """
    true_dist = pt.as_tensor_variable(true_dist)
    if true_dist.ndim == coding_dist.ndim:
        return -pt.sum(true_dist * pt.log(coding_dist), axis=coding_dist.ndim - 1)
    if true_dist.ndim == coding_dist.ndim - 1:
        return crossentropy_categorical_1hot(coding_dist, true_dist)
    raise TypeError('rank mismatch between coding and true distributions')


def crossentropy_categorical_1hot(coding_dist: Any, true_one_of_n: Any) -> pt.TensorVariable:
    """-log of the probability of the true class of each row.

    Parameters
    ----------
    coding_dist : matrix
        A distribution a row.
    true_one_of_n : integer vector
    """
    rows = pt.arange(true_one_of_n.shape[0])
    return -pt.log(coding_dist[rows, true_one_of_n])


def confusion_matrix(actual: Any, pred: Any) -> Tuple[pt.TensorVariable, pt.TensorVariable]:
    """How often each label was taken for each other.

    Parameters
    ----------
    actual, pred : vector of labels

    Returns
    -------
    (matrix, vector)
        int64 counts, actual x predicted; the sorted labels.
    """
    labels = pt.unique(pt.concatenate([actual, pred]))
    of_actual = pt.eq(actual.dimshuffle(0, 'x'), labels.dimshuffle('x', 0))
    of_pred = pt.eq(pred.dimshuffle(0, 'x'), labels.dimshuffle('x', 0))
    return (pt.dot(pt.cast(of_actual.T, 'int64'), pt.cast(of_pred, 'int64')), labels)
