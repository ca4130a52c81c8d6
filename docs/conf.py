"""Sphinx's settings: ``make docs`` builds this folder into build/docs."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import juntingnet_theano  # makes theano importable

project = 'juntingnet_theano'
author = 'the juntingnet_theano developers'
copyright = '2026, ' + author
version = release = juntingnet_theano.__version__

extensions = ['sphinx.ext.autodoc', 'sphinx.ext.autosummary', 'numpydoc', 'served']
exclude_patterns = ['_templates', 'pictures']
templates_path = ['_templates']

autosummary_generate = True
autodoc_member_order = 'bysource'
autodoc_typehints = 'none'  # numpydoc's sections say the types
numpydoc_show_class_members = False

html_theme = 'pydata_sphinx_theme'
html_title = project
html_show_sourcelink = False
html_sidebars = {'**': []}
html_theme_options = {'show_prev_next': False, 'navigation_depth': 2}
