"""Worker: this project on whichever engine serves theano.

numba and JAX in a Python that has PyTensor, the original Theano 1.0.5 in one
that has that: THEANO_FLAGS choose, as for every user of the package.
"""

import sys

import inputs
import numpy as np
from protocol import Missing, serve


class Worker:
    """The compiled functions of the package; each job as training.py and
    prediction.py call them."""

    def __init__(self, args):
        import juntingnet_theano  # noqa: F401  (serves theano)
        from juntingnet_theano.network.layers import build_juntingnet, seed_weights

        seed_weights(np.random.RandomState(0))
        layer = build_juntingnet(head=args.head)
        self.images, maps = inputs.data(args.images)
        self.minibatches = inputs.Minibatches(args.images, args.batch)
        self.batch = self.images[: args.batch]
        if {'train', 'epoch'} & set(args.jobs):
            self.trainer = self._trainer(layer, maps)
        if {'predict', 'one'} & set(args.jobs):
            from juntingnet_theano.network.functions import compile_predict

            self.compiled = compile_predict(layer)
        self.facts = facts()

    def _trainer(self, layer, maps):
        from juntingnet_theano.network.functions import Trainer

        trainer = Trainer(layer, inputs.MAX_NORM)
        trainer.training.load(self.images, maps)
        trainer.learning_rate.set_value(np.float32(inputs.RATE))
        trainer.momentum.set_value(np.float32(inputs.MOMENTUM))
        return trainer

    def train(self):
        """One step; its loss."""
        return float(self.trainer.train(*self.minibatches.one()))

    def epoch(self):
        """Steps through all images once; the mean of their losses."""
        from juntingnet_theano.network.functions import as_numbers

        steps = ((self.trainer.train(*each), len(each[0])) for each in self.minibatches.epoch())
        return float(np.mean([loss for loss, _ in as_numbers(steps)]))

    def predict(self):
        """Maps of one minibatch."""
        return inputs.glance(np.asarray(self.compiled(self.batch)))

    def one(self):
        """The map of one image."""
        return inputs.glance(np.asarray(self.compiled(self.batch[:1])))


def facts():
    """Versions, and what the engine found on the machine."""
    import theano

    found = {
        'python': sys.version.split()[0],
        'numpy': np.__version__,
        'theano': theano.__version__,
    }
    if 'pytensor' not in sys.modules:
        return dict(found, engine='theano', openmp=theano.config.openmp)
    import pytensor

    found['pytensor'] = pytensor.__version__
    linker = theano.compile.mode.linker_for(theano.config.device, theano.config.linker)
    found['engine'] = linker
    if linker == 'numba':
        import numba

        from juntingnet_theano.engine.numba.kernels import machine

        found.update(numba=numba.__version__, lanes=machine.LANES, threads=numba.get_num_threads())
    elif linker == 'jax':
        import jax

        # Float32 products on a GPU: how exact, unless JAX's default.
        found.update(
            jax=jax.__version__,
            device=jax.devices()[0].device_kind,
            precision=jax.config.jax_default_matmul_precision,
        )
    return found


def build(args):
    """The worker; what the package misses, such as a GPU, is `Missing`."""
    from juntingnet_theano.engine.errors import MissingDependency

    try:
        return Worker(args)
    except MissingDependency as error:
        raise Missing(str(error)) from error


if __name__ == '__main__':
    serve(build, __doc__)
