"""The programs of experiments/, which are no package, as modules."""

import importlib.util
import os
import sys
from unittest import mock

from tests.helpers import ROOT

EXPERIMENTS = os.path.join(ROOT, 'experiments')


def script(name):
    """The module of experiments/<name>.py, which finds its neighbours."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(EXPERIMENTS, name + '.py'))
    module = importlib.util.module_from_spec(spec)
    with mock.patch.object(sys, 'path', [EXPERIMENTS, *sys.path]):
        spec.loader.exec_module(module)
    return module
