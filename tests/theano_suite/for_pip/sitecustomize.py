"""For pip, which asks Theano's setup.py for its name before it keeps the
archive: the parser that setup.py reads setup.cfg with is gone since 3.12."""

import configparser

if not hasattr(configparser, 'SafeConfigParser'):
    configparser.SafeConfigParser = configparser.ConfigParser
    configparser.SafeConfigParser.readfp = configparser.ConfigParser.read_file
