"""Workers that the tests of the benchmarks talk to instead of engines."""

import os
import sys
import tempfile

from tests.helpers import ROOT

EXPERIMENTS = os.path.join(ROOT, 'experiments')
for _folder in (os.path.join(EXPERIMENTS, 'peers'), EXPERIMENTS):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from harness import Engine  # noqa: E402  (after the path is set)

WORKER = """
import os, sys, time
sys.path.insert(0, {peers!r})
from protocol import Missing, serve

class Worker(object):
    def __init__(self, args):
        {init}
        self.facts = {{'device': 'a fake', 'batch': args.batch,
                      'seen': sorted(os.environ)}}
    def train(self):
        print('noise that is no answer')
        with open({log!r}, 'a') as file:
            file.write({name!r} + ' train\\n')
        time.sleep({seconds})
        return 0.25
    epoch = train
    def predict(self):
        return [0.1, 0.2]
    one = predict

serve(Worker, 'A fake.')
"""


def fake(name, init='pass', seconds=0.0, log=os.devnull, **more):
    """An engine whose jobs take some seconds and log their calls."""
    path = os.path.join(tempfile.mkdtemp(), 'worker.py')
    with open(path, 'w') as file:
        file.write(
            WORKER.format(
                peers=os.path.join(EXPERIMENTS, 'peers'),
                init=init,
                seconds=seconds,
                log=log,
                name=name,
            )
        )
    more.setdefault('python', sys.executable)
    more.setdefault('jobs', ('predict', 'one', 'train', 'epoch'))
    return Engine(name, path, **more)
