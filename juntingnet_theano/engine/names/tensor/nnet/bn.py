"""``theano.tensor.nnet.bn``: batch normalisation.

>>> import theano.tensor as T
>>> float(batch_normalization(T.constant(3.), 2., 1., 1., 4.).eval())
2.0
"""

from typing import Any, Tuple

import pytensor.tensor as pt
from pytensor.tensor.shape import specify_broadcastable


def batch_normalization(
    inputs: Any, gamma: Any, beta: Any, mean: Any, std: Any, mode: str = 'low_mem'
) -> pt.TensorVariable:
    """``(inputs - mean) * gamma / std + beta``.

    Parameters
    ----------
    inputs, gamma, beta, mean, std : tensor
        Of shapes that broadcast.
    mode : {'low_mem', 'high_mem'}
        Theano's choice of memory; the compiler fuses either.
    """
    return (inputs - mean) * (gamma / std) + beta


def batch_normalization_train(
    inputs: Any,
    gamma: Any,
    beta: Any,
    axes: Any = 'per-activation',
    epsilon: float = 1e-4,
    running_average_factor: float = 0.1,
    running_mean: Any = None,
    running_var: Any = None,
) -> Tuple[pt.TensorVariable, ...]:
    """Normalise by the mean and variance of `inputs` themselves.

    Parameters
    ----------
    inputs : tensor
    gamma, beta : tensor
        With one axis for each that is not normalised, or as many axes as
        `inputs`.
    axes : {'per-activation', 'spatial'} or tuple of int
        Over which mean and variance are taken: the first; all but the
        second; these.
    epsilon : float
        Added to the variance; at least 1e-5.
    running_average_factor : float
        Weight of these `inputs` in the running averages.
    running_mean, running_var : tensor, optional
        Of the shape of `gamma`; both or none.

    Returns
    -------
    tuple of tensor
        The result, mean, inverse standard deviation, and, if they were given,
        the new running mean and variance.
    """
    inputs = pt.as_tensor_variable(inputs)
    axes, broadcast, narrow = _of_parameters(
        inputs, axes, epsilon, gamma, beta, running_mean, running_var
    )
    mean = inputs.mean(axes, keepdims=True)
    var = inputs.var(axes, keepdims=True)
    invstd = 1 / pt.sqrt(var + pt.cast(epsilon, inputs.dtype))
    results = [mean, invstd]
    if running_mean is not None:
        count = pt.cast(inputs.size // mean.size, inputs.dtype)
        factor = pt.cast(running_average_factor, inputs.dtype)
        for running, new in ((running_mean, mean), (running_var, var * (count / (count - 1)))):
            results.append(broadcast(running) * (1 - factor) + new * factor)
    return ((inputs - mean) * (broadcast(gamma) * invstd) + broadcast(beta),) + tuple(
        map(narrow, results)
    )


def batch_normalization_test(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    axes: Any = 'per-activation',
    epsilon: float = 1e-4,
) -> pt.TensorVariable:
    """Normalise by a mean and a variance that are given.

    Parameters are those of `batch_normalization_train`.
    """
    inputs = pt.as_tensor_variable(inputs)
    _, broadcast, _ = _of_parameters(inputs, axes, epsilon, gamma, beta, mean, var)
    gamma, beta, mean, var = map(broadcast, (gamma, beta, mean, var))
    return (inputs - mean) * gamma / pt.sqrt(var + pt.cast(epsilon, inputs.dtype)) + beta


def _of_parameters(inputs, axes, epsilon, *parameters):
    """(axes, how a parameter gets the axes of `inputs`, and loses them)."""
    if isinstance(axes, str):
        if axes not in ('per-activation', 'spatial'):
            raise ValueError(f"axes must be 'per-activation', 'spatial' or integers, got {axes!r}")
        axes = [axis for axis in range(inputs.ndim) if axis == 0 or axis > 1 and axes == 'spatial']
    axes = sorted(map(int, axes))
    if not axes or axes[0] < 0 or axes[-1] >= inputs.ndim:
        raise ValueError(f'axes must be some of the {inputs.ndim} axes of the input, got {axes}')
    if epsilon < 1e-5:
        raise ValueError(f'epsilon must be at least 1e-5, got {epsilon}')
    if (parameters[2] is None) != (parameters[3] is None):
        raise ValueError('running_mean and running_var must either both be given or both be None')
    kept = [axis for axis in range(inputs.ndim) if axis not in axes]
    dims = {pt.as_tensor_variable(each).ndim for each in parameters if each is not None}
    if dims - {len(kept)} and dims != {inputs.ndim}:
        raise ValueError(
            f'parameters must have {len(kept)} axes, one for each that is '
            f'not normalised, or {inputs.ndim}; got {sorted(dims)}'
        )
    if dims == {inputs.ndim}:
        return (
            axes,
            lambda each: specify_broadcastable(pt.as_tensor_variable(each), *axes),
            lambda each: each,
        )
    pattern = [kept.index(axis) if axis in kept else 'x' for axis in range(inputs.ndim)]
    return (
        axes,
        lambda each: pt.as_tensor_variable(each).dimshuffle(pattern),
        lambda each: each.dimshuffle(kept),
    )
