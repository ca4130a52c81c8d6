"""Run one file of Theano's tests and write a line of JSON for each test.

    python one_file.py SOURCE MODULE REPORT SECONDS ONE_OF

A line is ``[test, 'passed' | 'failed' | 'skipped', what it said]``. A test
that takes longer than SECONDS fails. Of so many tests ONE_OF runs one.
"""

import importlib
import itertools
import json
import re
import signal
import sys
import traceback
import unittest

import nose.config
import nose.loader
import nose.plugins.manager
import nose.selector
import shims

import juntingnet_theano  # noqa: F401  (serves theano)

LONGEST = 300  # characters of a message
EVERY = 12
"""Of the tests that a method makes by the hundred, one of so many runs:
convolutions, each with the slopes of three functions by differences."""


class TooLong(BaseException):
    """A test has had its time."""


def _stop(number, frame):
    raise TooLong('TooLong')


class Part(nose.selector.Selector):
    """Wants one of so many methods and functions that are tests."""

    def __init__(self, config, one_of):
        super().__init__(config)
        self._one_of, self._numbers = one_of, itertools.count()

    def wantMethod(self, method):
        """As nose does, one of so many."""
        return super().wantMethod(method) and next(self._numbers) % self._one_of == 0

    def wantFunction(self, function):
        """As nose does, one of so many."""
        return super().wantFunction(function) and next(self._numbers) % self._one_of == 0


class Loader(nose.loader.TestLoader):
    """Loads a part of the tests that methods make."""

    def loadTestsFromGeneratorMethod(self, generator, cls):
        """As nose does, one of `EVERY`."""
        make = self.suiteClass
        self.suiteClass = lambda tests, **more: make(
            lambda: itertools.islice(tests(), 0, None, EVERY), **more
        )
        try:
            return super().loadTestsFromGeneratorMethod(generator, cls)
        finally:
            self.suiteClass = make


class Report(unittest.TestResult):
    """A result that writes each outcome at once."""

    def __init__(self, file, seconds):
        super().__init__()
        self.file, self.seconds, self.seen = file, seconds, {}
        self.outcome = None

    def startTest(self, test):
        """Set the clock."""
        super().startTest(test)
        self.outcome = 'passed', ''
        signal.setitimer(signal.ITIMER_PROF, self.seconds)

    def stopTest(self, test):
        """Stop the clock, write the outcome."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.write(test.id(), *self.outcome)
        super().stopTest(test)

    def write(self, name, kind, said):
        """One line; tests of one name are numbered."""
        name = re.sub(r'0x[0-9a-f]+', '0x', name)
        self.seen[name] = self.seen.get(name, 0) + 1
        if self.seen[name] > 1:
            name += f' #{self.seen[name]}'
        self.file.write(json.dumps([name, kind, said]) + '\n')
        self.file.flush()

    def addError(self, test, error):
        """A test that raised; also one outside of any test."""
        kind = 'skipped' if issubclass(error[0], unittest.SkipTest) else 'failed'
        self.outcome = kind, said_by(error[1])
        if not hasattr(test, 'test') or type(test).__name__ in ('ContextSuite', 'ErrorHolder'):
            self.write(str(test), *self.outcome)

    addFailure = addError

    def addSkip(self, test, reason):
        """A test that does not apply."""
        self.outcome = 'skipped', str(reason)


def said_by(error):
    """Kind, message and place of an error, in one line."""
    text = ' '.join(f'{type(error).__name__}: {error}'.split())
    text = re.sub(r'0x[0-9a-f]+', '0x', text)[:LONGEST]
    frames = traceback.extract_tb(error.__traceback__)
    return text + (' @ ' + (frames[-1].line or '') if frames else '')


def main(source, module, report, seconds, one_of):
    """Load, run, write."""
    shims.install(source)
    signal.signal(signal.SIGPROF, _stop)
    with open(report, 'w', encoding='utf-8') as file:
        result = Report(file, float(seconds))
        loaded = importlib.import_module(module)
        for name, error in loaded.broken.items():
            kind = 'skipped' if isinstance(error, unittest.SkipTest) else 'failed'
            result.write(f'{module}: {name} is not defined', kind, said_by(error))
        config = nose.config.Config(plugins=nose.plugins.manager.NoPlugins())
        part = Part(config, int(one_of))
        Loader(config, selector=part).loadTestsFromModule(loaded)(result)
        file.write(json.dumps(['', 'finished', '']) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
