"""The programs of experiments/, which are no package, as modules."""

import importlib.util
import os

from tests.helpers import ROOT

EXPERIMENTS = os.path.join(ROOT, 'experiments')


def script(name):
    """The module of experiments/<name>.py."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(EXPERIMENTS, name + '.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
