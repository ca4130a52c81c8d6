"""``theano.tensor.nnet.nnet``: activations and cross-entropies.

Formulas as in the documentation of Theano 1.0.

>>> relu(pt.constant([-2., 3.]), 0.5).eval().tolist()
[-1.0, 3.0]
"""

from typing import Any, Optional, Tuple

import pytensor.tensor as pt
from pytensor.tensor import softplus
from pytensor.tensor.special import Softmax, log_softmax
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
        A distribution per row.
    true_dist : matrix or integer vector
        A distribution per row, or the true class of each row.

    Raises
    ------
    TypeError
        For `true_dist` of another number of axes.
    """
    true_dist = pt.as_tensor_variable(true_dist)
    if true_dist.ndim == coding_dist.ndim:
        return -pt.sum(true_dist * _log(coding_dist), axis=coding_dist.ndim - 1)
    if true_dist.ndim == coding_dist.ndim - 1:
        return crossentropy_categorical_1hot(coding_dist, true_dist)
    raise TypeError('rank mismatch between coding and true distributions')


def crossentropy_categorical_1hot(coding_dist: Any, true_one_of_n: Any) -> pt.TensorVariable:
    """-log of the probability of the true class of each row.

    Parameters
    ----------
    coding_dist : matrix
        A distribution per row.
    true_one_of_n : integer vector
    """
    true_one_of_n = pt.as_tensor_variable(true_one_of_n)
    places = pt.arange(true_one_of_n.shape[0]), true_one_of_n
    if _is_softmax(coding_dist):
        return -_log(coding_dist)[places]
    return -pt.log(coding_dist[places])


def _is_softmax(distribution):
    return distribution.owner is not None and isinstance(distribution.owner.op, Softmax)


def _log(distribution):
    """Logarithm of a distribution; of a softmax computed stably, in Theano
    the work of a rewrite."""
    if _is_softmax(distribution):
        return log_softmax(distribution.owner.inputs[0], axis=distribution.owner.op.axis)
    return pt.log(distribution)


softmax_op = softmax_graph = softmax
logsoftmax_op = logsoftmax


def softmax_with_bias(x: Any, b: Any) -> Any:
    """`softmax` of ``x + b``, row by row."""
    return softmax(x + b)


def crossentropy_softmax_argmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> Any:
    """(-log of the probability of each row's true class, probabilities,
    likeliest class) of ``softmax(x + b)``, computed stably."""
    x, y_idx = pt.as_tensor_variable(x) + b, pt.as_tensor_variable(y_idx)
    loss = -logsoftmax(x)[pt.arange(y_idx.shape[0]), y_idx]
    return loss, softmax(x), pt.argmax(x, axis=-1)


def crossentropy_softmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> Any:
    """The first two of `crossentropy_softmax_argmax_1hot_with_bias`."""
    return crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)[:2]


def crossentropy_softmax_1hot(x: Any, y_idx: Any) -> Any:
    """`crossentropy_softmax_1hot_with_bias` without a bias."""
    return crossentropy_softmax_1hot_with_bias(x, pt.zeros_like(x[0]), y_idx)


def prepend_scalar_to_each_row(val: Any, mat: Any) -> Any:
    """`mat` with a first column of `val`."""
    mat = pt.as_tensor_variable(mat)
    column = pt.alloc(pt.cast(val, mat.dtype), mat.shape[0], 1)
    return pt.concatenate([column, mat], axis=1)


def h_softmax(
    x: Any,
    batch_size: Any,
    n_outputs: Any,
    n_classes: Any,
    n_outputs_per_class: Any,
    W1: Any,
    b1: Any,
    W2: Any,
    b2: Any,
    target: Any = None,
) -> Any:
    """Softmax in two levels: a class, then an output within it.

    Parameters
    ----------
    x : matrix, batch_size x features
    batch_size, n_outputs, n_classes, n_outputs_per_class : int or scalar
    W1, b1 : matrix, features x n_classes; vector
    W2, b2 : tensor, n_classes x features x n_outputs_per_class; matrix
    target : integer vector, optional

    Returns
    -------
    tensor
        Probability of each row's target, or of all outputs.
    """
    x, W2, b2 = map(pt.as_tensor_variable, (x, W2, b2))
    classes = softmax(pt.dot(x, W1) + b1)
    if target is None:
        within = softmax(pt.tensordot(x, W2, (1, 1)) + b2)
        return (classes.dimshuffle(0, 1, 'x') * within).reshape((batch_size, -1))[:, :n_outputs]
    target, rows = target.flatten(), pt.arange(batch_size)
    chosen = target // n_outputs_per_class
    within = softmax((x.dimshuffle(0, 1, 'x') * W2[chosen]).sum(axis=1) + b2[chosen])
    return classes[rows, chosen] * within[rows, target % n_outputs_per_class]


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
