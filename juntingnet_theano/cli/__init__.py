"""The command line: a verb a module; `main` reads arguments and reports errors.

In: the arguments of ``juntingnet``. Out: lines of text and an exit code. A
verb calls the rooms that do the work; nothing here is of use without a shell,
and nobody imports it.
"""
