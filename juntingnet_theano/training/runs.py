"""The folder of a training run: which file holds what.

settings.toml (written before the first epoch), history.csv (a row an epoch),
checkpoint.hdf5 (all that resuming needs), weights-best.hdf5 (lowest
validation loss), weights-last.hdf5 (written when the run is complete) and, if
the settings ask for it, weights-average.hdf5 (mean over the last epochs).

>>> from juntingnet_theano.settings.training import Settings
>>> Run('runs/paper', Settings()).history_path
'runs/paper/history.csv'
"""

import os
from typing import Any, ContextManager

from juntingnet_theano.errors import BadSetting, MissingFiles
from juntingnet_theano.files import writing
from juntingnet_theano.settings import training as settings


class Run:
    """The files of one run.

    Parameters
    ----------
    folder : str
    settings : Settings
    """

    def __init__(self, folder: str, settings: settings.Settings) -> None:
        self.folder, self.settings = folder, settings
        self.settings_path = os.path.join(folder, 'settings.toml')
        self.history_path = os.path.join(folder, 'history.csv')
        self.checkpoint_path = os.path.join(folder, 'checkpoint.hdf5')
        self.best_path = os.path.join(folder, 'weights-best.hdf5')
        self.average_path = os.path.join(folder, 'weights-average.hdf5')
        self.last_path = os.path.join(folder, 'weights-last.hdf5')

    def start(self) -> None:
        """Make the folder and save the settings.

        Raises
        ------
        BadSetting
            Where the folder holds a run already.
        """
        if os.path.exists(self.settings_path):
            raise BadSetting(
                'starting a run',
                f'{self.folder} holds a run already',
                'a new folder, or --resume',
                f'juntingnet train --run {self.folder} --resume',
            )
        self.settings.save(self.settings_path)

    def locked(self) -> ContextManager[Any]:
        """Keep other processes off the run while a block trains it.

        Raises
        ------
        Busy
        """
        return writing.locked(self.settings_path, 'training ' + self.folder)

    @classmethod
    def resume(cls, folder: str) -> 'Run':
        """A run that is there already, with the settings it was started with.

        Raises
        ------
        MissingFiles
            Where the folder holds no run.
        """
        path = os.path.join(folder, 'settings.toml')
        if not os.path.exists(path):
            raise MissingFiles(
                'resuming a run', 'no ' + path, None, f'juntingnet train --run {folder}'
            )
        return cls(folder, settings.load(path))
