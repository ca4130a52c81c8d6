"""The network and its gradients in float64, in plain NumPy: no engine at all.

Where the two largest values that a maximum is taken of are equal in float32,
or nearly so, the order of a sum decides which of them gets the gradient: such
places are found here, and each engine's way through them is allowed.
"""

import numpy as np

CONVOLUTIONS = ('conv1', 'conv2', 'conv3')
LAYERS = CONVOLUTIONS + ('dense1', 'dense2')


def spacings(values):
    """How near to a value another may be rounded to the same: 10 spacings."""
    return 10 * np.spacing(np.float32(np.abs(values))).astype('float64')


def patches(maps, size):
    """N x C x H x W to N x rows x columns x C x size x size, not copied."""
    n, channels, rows, columns = maps.shape
    by_image, by_channel, by_row, by_column = maps.strides
    return np.lib.stride_tricks.as_strided(
        maps,
        (n, rows - size + 1, columns - size + 1, channels, size, size),
        (by_image, by_row, by_column, by_channel, by_row, by_column),
        writeable=False,
    )


def convolved(maps, weights, bias):
    """Theano's convolution: filters are flipped; the border is not padded."""
    flipped = weights[:, :, ::-1, ::-1]
    found = np.tensordot(patches(maps, weights.shape[2]), flipped, axes=((3, 4, 5), (1, 2, 3)))
    return found.transpose(0, 3, 1, 2) + bias[:, None, None]


def weight_gradient(maps, delta, size):
    """Of a convolution's weights."""
    found = np.tensordot(delta, patches(maps, size), axes=((0, 2, 3), (0, 1, 2)))
    return found[:, :, ::-1, ::-1]


def map_gradient(weights, delta):
    """Of what a convolution was given."""
    margin = weights.shape[2] - 1
    padded = np.pad(delta, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
    windows = patches(padded, weights.shape[2])
    return np.tensordot(windows, weights, axes=((3, 4, 5), (0, 2, 3))).transpose(0, 3, 1, 2)


def in_windows(maps):
    """N x C x H x W to N x C x H/2 x W/2 x 4; a last odd row or column falls."""
    n, channels, rows, columns = (
        size // 2 * 2 if axis > 1 else size for axis, size in enumerate(maps.shape)
    )
    split = maps[:, :, :rows, :columns].reshape(n, channels, rows // 2, 2, columns // 2, 2)
    return split.transpose(0, 1, 2, 4, 3, 5).reshape(n, channels, rows // 2, columns // 2, 4)


def out_of_windows(windows, shape):
    """`in_windows` back, with zeros where something fell."""
    n, channels, rows, columns = windows.shape[:4]
    split = windows.reshape(n, channels, rows, columns, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    maps = np.zeros(shape)
    maps[:, :, : 2 * rows, : 2 * columns] = split.reshape(n, channels, 2 * rows, 2 * columns)
    return maps


class Reference:
    """A forward pass, and gradients with what near ties allow.

    Parameters
    ----------
    head : {'paper', 'released'}
    params : list of array
        Weights and biases in the order of the layers.
    images, targets : array
        N x 3 x 96 x 96 and N x 2304.

    Attributes
    ----------
    output : array
    loss : float
    candidates : dict of str to array
        What maxima are taken of, along the last axis, by layer.
    """

    def __init__(self, head, params, images, targets):
        self.params = {
            name: [each.astype('float64') for each in params[2 * i : 2 * i + 2]]
            for i, name in enumerate(LAYERS)
        }
        self.maxout = 'dense2' if head == 'paper' else 'dense1'
        self.given, self.sums, self.candidates, self.reached = {}, {}, {}, {}
        values = images.astype('float64')
        for name in LAYERS:
            weights, bias = self.params[name]
            if name == 'dense1':
                values = values.reshape(len(values), -1)
            self.given[name] = values
            self.sums[name] = (
                convolved(values, weights, bias)
                if name in CONVOLUTIONS
                else values @ weights + bias
            )
            values = self.sums[name]
            if name != 'dense2':
                values = np.maximum(values, 0)
            if name in CONVOLUTIONS:
                self.candidates[name] = in_windows(values)
            elif name == self.maxout:
                self.candidates[name] = values.reshape(len(values), -1, 2)
            if name in self.candidates:
                values = self.candidates[name].max(axis=-1)
        self.output = values
        self.loss = np.mean((values - targets) ** 2)
        self.deltas = dict(self._down('dense2', 2 * (values - targets) / values.size, slice(None)))

    def _down(self, name, reached, rows):
        """Of a layer and each below it: name, gradient to its sums.

        `reached` is the gradient to the layer's output, of the images `rows`.
        """
        if name in self.candidates:
            self.reached.setdefault((name, 'maximum'), reached)
            candidates = self.candidates[name][rows]
            chosen = np.arange(candidates.shape[-1]) == candidates.argmax(axis=-1)[..., None]
            reached = self._below_maxima(name, reached[..., None] * chosen)
        yield from self._down_from_rectifier(name, reached, rows)

    def _below_maxima(self, name, parts):
        """The gradient to the rectifier's output, of that to candidates."""
        if name in CONVOLUTIONS:
            return out_of_windows(parts, (len(parts),) + self.sums[name].shape[1:])
        return parts.reshape(len(parts), -1)

    def _down_from_rectifier(self, name, reached, rows):
        if name != 'dense2':
            self.reached.setdefault((name, 'rectifier'), reached)
            reached = reached * (self.sums[name][rows] > 0)
        yield from self._down_from_sums(name, reached, rows)

    def _down_from_sums(self, name, delta, rows):
        yield name, delta
        if name == 'conv1':
            return
        weights = self.params[name][0]
        below = LAYERS[LAYERS.index(name) - 1]
        if name in CONVOLUTIONS:
            reached = map_gradient(weights, delta)
        else:
            reached = (delta @ weights.T).reshape((len(delta),) + self.given[name].shape[1:])
            if name == 'dense1':
                shape = self.candidates[below].shape[1:-1]
                reached = reached.reshape((len(delta),) + shape)
        yield from self._down(below, reached, rows)

    def _gradients(self, deltas, rows=slice(None), dense=True):
        """Gradients of the parameters, in their order."""
        found = []
        for name in LAYERS:
            weights, bias = self.params[name]
            if name not in deltas:
                kept = dense or name in CONVOLUTIONS
                found += [np.zeros(weights.shape) if kept else None, np.zeros(bias.shape)]
            elif name in CONVOLUTIONS:
                given, delta = self.given[name][rows], deltas[name]
                found += [weight_gradient(given, delta, weights.shape[2]), delta.sum((0, 2, 3))]
            else:
                found += [self.given[name].T @ deltas[name] if dense else None]
                found += [deltas[name].sum(axis=0)]
        return found

    def near_ties(self):
        """What near ties may add to `deltas`: image and change, of each.

        Theano's maximum gives each of equal values the whole gradient. So the
        largest may lose it, and each that is near may have it too.
        """
        for name in LAYERS:
            if name in self.candidates:
                yield from self._ties_of_maxima(name)
            if name != 'dense2':
                yield from self._ties_of_rectifiers(name)

    def _ties_of_maxima(self, name):
        values = self.candidates[name]
        largest = values.max(axis=-1, keepdims=True)
        near = (largest - values < spacings(largest)) & (largest > 0)
        near &= near.sum(axis=-1, keepdims=True) > 1
        for place in zip(*np.nonzero(near)):
            sign = -1 if place[-1] == values[place[:-1]].argmax() else 1
            parts = np.zeros((1,) + values.shape[1:])
            parts[(0,) + place[1:]] = sign * self.reached[name, 'maximum'][place[:-1]]
            rows = slice(place[0], place[0] + 1)
            reached = self._below_maxima(name, parts)
            yield rows, dict(self._down_from_rectifier(name, reached, rows))

    def _ties_of_rectifiers(self, name):
        # A sum near 0 is a difference of numbers of about 0.1.
        for place in zip(*np.nonzero(abs(self.sums[name]) < spacings(0.1))):
            delta = np.zeros((1,) + self.sums[name].shape[1:])
            sign = -1 if self.sums[name][place] > 0 else 1
            delta[(0,) + place[1:]] = sign * self.reached[name, 'rectifier'][place]
            rows = slice(place[0], place[0] + 1)
            yield rows, dict(self._down_from_sums(name, delta, rows))

    def gradients(self, found=None):
        """Gradients of the parameters; the nearest to `found` if that is given.

        Parameters
        ----------
        found : list of array, optional
            An engine's gradients: near ties go the way that it went.
        """
        if found is None:
            return self._gradients(self.deltas)
        plain = self._gradients(self.deltas, dense=False)
        ties = [each for each in self.near_ties() if any(map(np.any, each[1].values()))]
        if not ties:
            return self._gradients(self.deltas)
        scales = [1 if each is None else np.abs(each).max() for each in plain]

        def flat(gradients):
            scaled = [a / b for a, b in zip(gradients, scales) if a is not None]
            return np.concatenate([each.ravel() for each in scaled])

        changes = [flat(self._gradients(change, rows, dense=False)) for rows, change in ties]
        missing = flat([None if b is None else a - b for a, b in zip(found, plain)])
        shares = np.linalg.lstsq(np.stack(changes, axis=1), missing, rcond=None)[0]
        deltas = {name: delta.copy() for name, delta in self.deltas.items()}
        for share, (rows, change) in zip(shares.round().clip(0, 1), ties):
            for name, delta in change.items():
                deltas[name][rows] += share * delta
        return self._gradients(deltas)
