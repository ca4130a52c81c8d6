"""The command line: one module per verb; `main` reads arguments, reports errors.

In: the arguments of ``juntingnet``. Out: lines of text and an exit code. A
verb calls the rooms that do the work. Nothing here is of use without a shell,
and no room imports it.
"""
