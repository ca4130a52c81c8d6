"""Pages of the documentation, whose examples are run."""

import os
import re
import textwrap

DOCS = os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, 'docs')


def examples(page):
    """Sources of the Python examples of a page, in its order."""
    with open(os.path.join(DOCS, page), encoding='utf-8') as file:
        text = file.read()
    blocks = re.findall(r'\.\. code-block:: python\n\n((?:(?:    .*)?\n)+)', text)
    return [textwrap.dedent(block) for block in blocks]
