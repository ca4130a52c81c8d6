"""The same network and the same step in PyTorch, for CPU and GPU workers."""

import inputs
import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-7  # lasagne.updates.norm_constraint's


class JuntingNet(nn.Module):
    """Both heads of the network; input uint8, output n x 2304.

    Parameters
    ----------
    head : {'paper', 'released'}
    layout : torch.memory_format
    """

    def __init__(self, head, layout):
        super().__init__()
        self.head, self.layout = head, layout
        weights = inputs.first_weights(head)
        for number in '123':
            values = weights['conv' + number][:, :, ::-1, ::-1].copy()
            layer = nn.Conv2d(values.shape[1], values.shape[0], values.shape[2])
            setattr(self, 'conv' + number, filled(layer, values))
        for number in '12':
            values = weights['dense' + number].T.copy()
            layer = nn.Linear(values.shape[1], values.shape[0])
            setattr(self, 'dense' + number, filled(layer, values))

    def forward(self, images):
        """Maps of uint8 images."""
        x = images.contiguous(memory_format=self.layout).float() / 255
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.max_pool2d(F.relu(conv(x)), 2)
        # Theano flattens channels x rows x columns, in every layout.
        x = F.relu(self.dense1(x.flatten(1)))
        if self.head == 'paper':
            return pair_maximum(self.dense2(x))
        return self.dense2(pair_maximum(x))

    def maxout(self):
        """The layer that the norm constraint applies to."""
        return self.dense2 if self.head == 'paper' else self.dense1


def filled(layer, weights):
    """A layer with these weights, and biases of 0.1."""
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        layer.bias.fill_(0.1)
    return layer


def pair_maximum(x):
    """Maximum of each two neighbouring units."""
    return x.view(len(x), -1, 2).amax(-1)


class Trainer:
    """The training step of juntingnet_theano.network.functions, in PyTorch.

    Parameters
    ----------
    head : str
    layout : torch.memory_format
    device : str
    images, maps : uint8 arrays
    """

    def __init__(self, head, layout, device, images, maps):
        self.device = device
        self.network = JuntingNet(head, layout).to(device, memory_format=layout)
        self.images, self.maps = (torch.from_numpy(each).to(device) for each in (images, maps))
        # On the device, so that a captured step follows its changes.
        self.rate = torch.tensor(inputs.RATE, device=device)
        self.optimiser = torch.optim.SGD(
            self.network.parameters(),
            lr=self.rate,
            momentum=inputs.MOMENTUM,
            nesterov=True,
            fused=True,
        )

    def step(self, rows, flip):
        """One step on int64 rows and bool flips; its loss, a tensor."""
        images, maps = self.images[rows], self.maps[rows]
        images = torch.where(flip[:, None, None, None], images.flip(3), images)
        maps = torch.where(flip[:, None, None], maps.flip(2), maps)
        targets = maps.flatten(1).float() / 255
        self.optimiser.zero_grad(set_to_none=True)
        loss = F.mse_loss(self.network(images), targets)
        loss.backward()
        self.optimiser.step()
        self.constrain()
        return loss.detach()

    @torch.no_grad()
    def constrain(self):
        """Bound the norm of each maxout unit's weights."""
        weights = self.network.maxout().weight
        norms = torch.linalg.vector_norm(weights, dim=1, keepdim=True)
        weights.mul_(norms.clamp(max=inputs.MAX_NORM) / (EPSILON + norms))


def as_tensors(minibatch, device):
    """int64 rows and bool flips of a minibatch on the device."""
    rows, flip = (torch.from_numpy(each) for each in minibatch)
    return rows.long().to(device), flip.bool().to(device)
