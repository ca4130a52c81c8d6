"""Our models as those of pysaliency, for its scripts and benchmarks.

Needs pysaliency (the extra ``[peers]`` installs what it needs to import).

    from juntingnet_theano.pysaliency_models import Model, SaliencyMapModel
    SaliencyMapModel().AUC(stimuli, fixations)
    Model().information_gain(stimuli, fixations, baseline)
"""

from typing import Any, Dict, Optional

from juntingnet_theano.errors import BadSetting, MissingDependency
from juntingnet_theano.network import pretrained
from juntingnet_theano.prediction import densities, models
from juntingnet_theano.settings import density

try:
    import pysaliency  # pyright: ignore[reportMissingImports]  (an extra)
except ImportError as error:
    raise MissingDependency(
        'opening a model for pysaliency',
        f'pysaliency cannot be imported: {error}',
        None,
        "pip install pysaliency torch 'numpy<2.4'",
    ) from error


class SaliencyMapModel(pysaliency.SaliencyMapModel):
    """Saliency maps in [0, 1] of any model of ours.

    Parameters
    ----------
    weights : str or path, optional
        As for `juntingnet_theano.load`; a baseline's name too.
    options : dict, optional
        Of `juntingnet_theano.load`.
    **kwargs
        Of pysaliency's class, such as ``caching``.

    Raises
    ------
    JuntingNetError
        As `juntingnet_theano.load`.
    """

    def __init__(
        self, weights: Optional[str] = None, options: Optional[Dict[str, Any]] = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.model = models.load(weights, **(options or {}))

    def _saliency_map(self, stimulus):
        return self.model.predict(stimulus)


class Model(pysaliency.Model):
    """Densities of a network, by the numbers that lie beside its weights.

    Parameters
    ----------
    weights, options, **kwargs
        As for `SaliencyMapModel`.

    Raises
    ------
    BadSetting
        For a baseline.
    MissingFiles
        Where no numbers were fitted for the weights.
    """

    def __init__(
        self, weights: Optional[str] = None, options: Optional[Dict[str, Any]] = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.model = models.load(weights, **(options or {}))
        if not isinstance(self.model, models.Model):
            raise BadSetting('opening a density', self.model.name, 'a network with weights')
        self.numbers = density.read(self.model.path)

    def _log_density(self, stimulus):
        return densities.log_density(self.model.predict(stimulus), self.numbers)


class CentreModel(pysaliency.Model):
    """The fitted centre of the same numbers: the baseline of our gains.

    Parameters
    ----------
    weights, **kwargs
        As for `Model`.
    """

    def __init__(self, weights: Optional[str] = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.numbers = density.read(models.Model(weights or pretrained.DEFAULT).path)

    def _log_density(self, stimulus):
        return densities.centre_log_density(stimulus.shape[:2], self.numbers)
