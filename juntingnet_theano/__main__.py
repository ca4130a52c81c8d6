"""``python -m juntingnet_theano`` is the command ``juntingnet``."""

import sys

from juntingnet_theano.cli.main import command

if __name__ == '__main__':
    sys.exit(command())
