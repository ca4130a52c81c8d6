"""Worker: PyTorch on a GPU at its best: cuDNN, channels_last, CUDA graphs.

The whole step, gather and optimiser included, is captured once for each size
of minibatch and replayed; the epoch's rows are sent once, its loss is read
once. With ``--device cpu`` the same code runs without graphs, to try it out.
"""

import sys

import inputs
import numpy as np
from protocol import Missing, serve

WARM_UP = 3  # steps before a capture: cuDNN chooses, the optimiser begins


class Worker:
    """Epochs of training; TF32 or float32."""

    def __init__(self, args):
        import torch
        import torch_network

        self.torch, self.device = torch, args.device
        if args.device != 'cpu' and not torch.cuda.is_available():
            raise Missing(f'torch {torch.__version__} sees no GPU')
        fast = args.precision == 'tf32'
        torch.backends.cuda.matmul.allow_tf32 = fast
        torch.backends.cudnn.allow_tf32 = fast
        torch.backends.cudnn.benchmark = True
        self.as_tensors = torch_network.as_tensors
        self.trainer = torch_network.Trainer(
            args.head, torch.channels_last, args.device, *inputs.data(args.images)
        )
        self.minibatches = inputs.Minibatches(args.images, args.batch)
        self.total = torch.zeros((), device=args.device)
        self.captured = {}
        self.facts = {
            'python': sys.version.split()[0],
            'torch': torch.__version__,
            'device': 'cpu',
            'precision': args.precision,
        }
        if args.device != 'cpu':
            self.facts.update(
                device=torch.cuda.get_device_name(),
                cudnn=torch.backends.cudnn.version(),
                cuda=torch.version.cuda,
            )

    def epoch(self):
        """Steps through all images once; the mean of their losses."""
        batches = self.minibatches.epoch()
        sizes = [len(rows) for rows, _ in batches]
        rows, flip = (
            each.split(sizes)
            for each in self.as_tensors(
                [np.concatenate(each) for each in zip(*batches)], self.device
            )
        )
        self.total.zero_()
        for each in zip(rows, flip):
            self._step(*each)
        return float(self.total) / len(batches)

    def _step(self, rows, flip):
        if self.device == 'cpu':
            self.total += self.trainer.step(rows, flip)
            return
        if len(rows) not in self.captured:
            self.captured[len(rows)] = self._capture(rows, flip)
        graph, fixed_rows, fixed_flip = self.captured[len(rows)]
        fixed_rows.copy_(rows)
        fixed_flip.copy_(flip)
        graph.replay()

    def _capture(self, rows, flip):
        """A graph of one step, and the tensors that it reads.

        Capturing runs nothing, but the steps before it train: weights and
        velocities are put back.
        """
        cuda, rows, flip = self.torch.cuda, rows.clone(), flip.clone()
        before = [(each, each.detach().clone()) for each in self._state()]
        stream = cuda.Stream()
        stream.wait_stream(cuda.current_stream())
        with cuda.stream(stream):
            for _ in range(WARM_UP):
                self.trainer.step(rows, flip)
        cuda.current_stream().wait_stream(stream)
        graph = cuda.CUDAGraph()
        with cuda.graph(graph):
            self.total += self.trainer.step(rows, flip)
        with self.torch.no_grad():
            for each in self._state():  # velocities may be new
                each.zero_()
            for each, value in before:
                each.copy_(value)
        return graph, rows, flip

    def _state(self):
        """Weights, and velocities where there are any yet."""
        velocities = [each.get('momentum_buffer') for each in self.trainer.optimiser.state.values()]
        return list(self.trainer.network.parameters()) + [
            each for each in velocities if each is not None
        ]


if __name__ == '__main__':
    serve(Worker, __doc__)
