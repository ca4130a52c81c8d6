"""Sweeps: a run for each combination of some settings' values.

Each run has a folder of its own, called as its settings, and is trained for
itself, here or on another machine. A run that is complete is not trained
again, and one that was stopped goes on.

>>> found = trials('runs/try', Settings(), ['head=paper,released', 'seed=1,2'])
>>> len(found), os.path.basename(found[1].folder), found[1].settings.seed
(4, 'head=paper,seed=2', 2)
"""

import dataclasses
import itertools
import os
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence

from juntingnet_theano.errors import BadSetting, JuntingNetError
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training.runs import Run

DOING = 'reading --sweep'
MOST = 10_000
"""Runs of a sweep."""


class Trial(NamedTuple):
    """One run of a sweep.

    Attributes
    ----------
    folder : str
    chosen : dict of str to object
        The values of the settings that are swept.
    settings : Settings
        All of them.
    """

    folder: str
    chosen: Dict[str, Any]
    settings: Settings


class Result(NamedTuple):
    """What became of a trial.

    Attributes
    ----------
    trial : Trial
    epochs : int
        That were trained.
    best_epoch : int
    best_loss : float
        The lowest validation loss, and when; NaN and 0 without any.
    seconds : float
        Of training, in all sessions.
    error : str
        Why the run is not complete; empty where it is.
    """

    trial: Trial
    epochs: int
    best_epoch: int
    best_loss: float
    seconds: float
    error: str


def trials(folder: str, settings: Settings, sweeps: Sequence[str]) -> List[Trial]:
    """All combinations of values.

    Parameters
    ----------
    folder : str
        Of the whole sweep.
    settings : Settings
        What is not swept.
    sweeps : list of str
        ``key=a,b,c`` each.

    Returns
    -------
    list of Trial
        The last key changes first.

    Raises
    ------
    BadSetting
        An unknown key or a bad value, a key or a value twice, or too many
        runs.
    """
    choices = [list(_assignments(each)) for each in sweeps]
    keys = [each[0].partition('=')[0] for each in choices]
    count = 1
    for key, each in zip(keys, choices):
        count *= len(each)
        if keys.count(key) > 1:
            raise BadSetting(DOING, f'{key} twice', 'each key once')
    if count > MOST:
        raise BadSetting(DOING, f'{count:,} combinations', f'at most {MOST:,}')
    # A worker has another folder.
    settings = dataclasses.replace(
        settings,
        cache=os.path.abspath(settings.cache),
        more_caches=tuple(map(os.path.abspath, settings.more_caches)),
    )
    found: Dict[str, Trial] = {}
    for assignments in itertools.product(*choices):
        name = ','.join(assignments).replace(os.sep, '_')
        whole = settings.override(assignments)
        if 'cache' in keys:
            whole = dataclasses.replace(whole, cache=os.path.abspath(whole.cache))
        trial = Trial(
            os.path.join(os.path.abspath(folder), name),
            {key: getattr(whole, key) for key in keys},
            whole,
        )
        same = next((each for each in found.values() if each.settings == whole), None)
        if name in found or same is not None:
            raise BadSetting(DOING, f'{name} twice', 'values that differ')
        found[name] = trial
    return list(found.values())


def _assignments(sweep) -> Iterator[str]:
    key, equals, values = sweep.partition('=')
    if not equals or not key.strip():
        raise BadSetting(DOING, repr(sweep), 'key=a,b,c', '--sweep learning_rate_start=0.01,0.03')
    for value in values.split(','):
        yield f'{key.strip()}={value.strip()}'


def check(found: Iterable[Trial]) -> None:
    """Refuse folders that hold runs of other settings.

    Raises
    ------
    BadSetting
        Before anything is trained.
    """
    for trial in found:
        if not os.path.exists(Run(trial.folder, trial.settings).settings_path):
            continue
        theirs = Run.resume(trial.folder).settings
        differs = [
            field.name
            for field in dataclasses.fields(Settings)
            if getattr(theirs, field.name) != getattr(trial.settings, field.name)
        ]
        if differs:
            raise BadSetting(
                'going on with a sweep',
                f'{trial.folder} was begun with another {", ".join(differs)}',
                'the settings that it was begun with, or another --run',
            )


def complete(trial: Trial) -> Result:
    """Train one run to its end, here.

    Parameters
    ----------
    trial : Trial

    Returns
    -------
    Result
        An error that the user can mend is a result too: other runs go on.

    Raises
    ------
    loop.Stopped
        After a signal, with the position saved.
    """
    from juntingnet_theano.training.loop import train

    run, error = Run(trial.folder, trial.settings), None
    try:
        if not os.path.exists(run.last_path):
            train(run, os.path.exists(run.settings_path), lambda line: None)
    except JuntingNetError as caught:
        error = caught
    return _result(trial, run, error)


def _result(trial: Trial, run: Run, error: Optional[JuntingNetError]) -> Result:
    from juntingnet_theano.training import history

    rows = history.read(run.history_path)
    best = min(rows, key=lambda row: row['validation_loss'], default=None)
    return Result(
        trial,
        len(rows),
        int(best['epoch']) if best else 0,
        best['validation_loss'] if best else float('nan'),
        sum(row['seconds'] for row in rows),
        f'{error.doing}: {error.got}' if error else '',
    )


def table(results: Sequence[Result]) -> str:
    """Results as text, the best first.

    Parameters
    ----------
    results : list of Result

    Returns
    -------
    str
    """
    from tabulate import tabulate

    # A loss that is no number is never the smallest.
    ordered = sorted(results, key=lambda each: (each.best_epoch == 0, each.best_loss))
    return tabulate(
        [
            {
                **each.trial.chosen,
                'validation loss': f'{each.best_loss:.6f}' if each.best_epoch else '-',
                'epoch': f'{each.best_epoch} of {each.epochs}',
                'seconds': f'{each.seconds:.0f}',
                **({'': each.error} if any(other.error for other in results) else {}),
            }
            for each in ordered
        ],
        headers='keys',
        disable_numparse=True,
    )
