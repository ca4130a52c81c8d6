"""Worker: PyTorch, eager, on the CPU."""

import sys

import inputs
from protocol import serve

LAYOUTS = {'nchw': 'contiguous_format', 'channels_last': 'channels_last'}


class Worker:
    """PyTorch with its fused optimiser and inference mode."""

    def __init__(self, args):
        import torch
        from torch_network import Trainer, as_tensors

        torch.set_num_threads(args.threads)
        self.torch, self.as_tensors = torch, as_tensors
        images, maps = inputs.data(args.images)
        layout = getattr(torch, LAYOUTS[args.layout])
        self.trainer = Trainer(args.head, layout, 'cpu', images, maps)
        self.minibatches = inputs.Minibatches(args.images, args.batch)
        self.batch = self.trainer.images[: args.batch]
        self.facts = {
            'python': sys.version.split()[0],
            'torch': torch.__version__,
            'threads': torch.get_num_threads(),
            'layout': args.layout,
            'kernels': torch.backends.cpu.get_cpu_capability(),
        }

    def train(self):
        """One step; its loss."""
        minibatch = self.as_tensors(self.minibatches.one(), 'cpu')
        return float(self.trainer.step(*minibatch))

    def predict(self):
        """Maps of one minibatch."""
        return self._maps(self.batch)

    def one(self):
        """The map of one image."""
        return self._maps(self.batch[:1])

    def _maps(self, images):
        with self.torch.inference_mode():
            return inputs.glance(self.trainer.network(images).numpy())


if __name__ == '__main__':
    serve(Worker, __doc__)
