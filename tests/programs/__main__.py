"""Run all programs and print their losses as JSON."""

import json

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.programs import PROGRAMS, losses

print(json.dumps({name: losses(name) for name in PROGRAMS}, indent=1))
