"""The command ``juntingnet``, which is ``python -m juntingnet_theano``."""

import sys


def command() -> int:
    """The process; imports included, which take as long as a person to
    think better of it.

    Returns
    -------
    int
        Its exit code.
    """
    try:
        from juntingnet_theano import interrupts

        with interrupts.handled(interrupts.interrupt):
            from juntingnet_theano.cli.main import command

        return command()
    except KeyboardInterrupt as error:
        if sys.stderr is not None:
            sys.stderr.write('juntingnet: interrupted\n')
        return 128 + getattr(error, 'number', 2)


if __name__ == '__main__':
    sys.exit(command())
