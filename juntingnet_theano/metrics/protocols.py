"""Protocols: the choices in which evaluations differ.

A `Protocol` lists the metrics and every choice in which evaluations differ.
The defaults of its fields are the LSUN'15 challenge's, which adopted the MIT
benchmark's Matlab (docs/challenge.rst). No toolkit of the challenge survives, so
that Matlab's defaults stand in for it.

>>> PROTOCOLS['lsun2015'].metrics[:2]
('similarity', 'cc')
>>> with_changes(PROTOCOLS['salicon'], ['step=0.1', 'others=10']).others
10
"""

import ast
from typing import Any, Iterable, NamedTuple, Optional

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.metrics.arrays import EPS

LABELS = {
    'similarity': 'Similarity',
    'cc': 'CC',
    'auc_shuffled': 'AUC shuffled',
    'auc_borji': 'AUC Borji',
    'auc_judd': 'AUC Judd',
    'nss': 'NSS',
    'kl_divergence': 'KL',
    'information_gain': 'IG',
    'emd': 'EMD',
    'auc_uniform': 'AUC uniform',
    'information_gain_uniform': 'IG uniform',
}
"""Metric -> its name in tables, in the order of the challenge's page."""

SMALLER_IS_BETTER = ('kl_divergence', 'emd')

OF_TWO_MAPS = ('cc', 'similarity', 'kl_divergence', 'emd')
"""Metrics against a continuous ground truth."""

CHALLENGE = ('similarity', 'cc', 'auc_shuffled', 'auc_borji', 'auc_judd')


class Protocol(NamedTuple):
    """The choices of an evaluation.

    Attributes
    ----------
    name : str
    metrics : tuple of str
        Keys of `LABELS`, in the order of columns.
    repeats : bool
        Whether each fixation counts in AUCs, NSS and information gain, or
        each fixated pixel once.
    truth : {'lowpass', 'gaussian', 'maps'}
        The continuous ground truth: fixations through `lowpass`, or through
        a Gaussian of SciPy's, or the data set's own maps.
    truth_width : float
        Cycles an image (``'lowpass'``), or sigma in pixels (``'gaussian'``).
    truth_padding : str
        How the map is extended beyond the border (SciPy's `mode`).
    truth_repeats : bool
        Whether each fixation counts in the continuous ground truth.
    others : int or None
        Images, drawn without replacement from the others of the split, whose
        fixations are negatives of AUC shuffled; None takes all others.
    other_repeats : bool
        Whether each fixation of one other image counts, or each pixel once.
    negative_weights : bool
        Whether a place counts for each of the other images that have it, or
        once.
    own_places : bool
        Whether a place fixated in this image may be a negative.
    splits : int or None
        Draws of AUC shuffled; None takes all negatives at once.
    step : float or None
        Distance of the thresholds of AUC Borji and shuffled; None, for
        shuffled alone, takes every value.
    endpoint : bool
        As in `auc.borji`.
    borji_splits : int
        Draws of AUC Borji.
    borji_draws : int or None
        Pixels in each; None draws as many as there are fixations.
    jitter : bool
        Whether AUC Judd tells equal values apart by noise of 1e-7.
    ddof : int
        As in `nss`.
    stretch : bool
        As in `similarity`.
    floor : float or None
    eps : float
        As in `kl_divergence`.
    flat : tuple of (str, float)
        Scores that a constant map gets; NaN in all other metrics that tell
        nothing about it.
    resize : {'imresize', 'zoom', 'refuse'}
        How a map of another size is brought to the image's.
    """

    name: str
    metrics: tuple = CHALLENGE
    repeats: bool = False
    truth: str = 'lowpass'
    truth_width: float = 8.0
    truth_padding: str = 'reflect'
    truth_repeats: bool = False
    others: Optional[int] = 10
    other_repeats: bool = False
    negative_weights: bool = False
    own_places: bool = True
    splits: Optional[int] = 100
    step: Optional[float] = 0.1
    endpoint: bool = True
    borji_splits: int = 100
    borji_draws: Optional[int] = None
    jitter: bool = True
    ddof: int = 1
    stretch: bool = True
    floor: Optional[float] = None
    eps: float = EPS
    flat: tuple = ()
    resize: str = 'imresize'


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol('lsun2015'),
        # The same Matlab with all metrics of the benchmark's own table.
        Protocol('mit', CHALLENGE + ('nss', 'kl_divergence', 'emd')),
        # NUS-VIP/salicon-evaluation (docs/challenge.rst). Its "AUC" is Borji's.
        Protocol(
            'salicon',
            ('cc', 'auc_shuffled', 'auc_borji', 'nss'),
            repeats=True,
            truth='gaussian',
            truth_width=19.0,
            others=None,
            negative_weights=True,
            own_places=False,
            splits=None,
            step=0.01,
            endpoint=False,
            borji_splits=1,
            borji_draws=100000,
            ddof=0,
            flat=(('auc_borji', 0.5), ('auc_shuffled', 0.5)),
            resize='zoom',
        ),
        # pysaliency with averages over images, and the blur of
        # saliency.tuebingen.ai.
        Protocol(
            'pysaliency',
            ('similarity', 'cc', 'auc_shuffled', 'auc_uniform', 'auc_judd', 'nss', 'kl_divergence'),
            repeats=True,
            truth='gaussian',
            truth_width=35.0,
            truth_padding='nearest',
            truth_repeats=True,
            others=None,
            other_repeats=True,
            negative_weights=True,
            splits=None,
            step=None,
            ddof=0,
            stretch=False,
            floor=1e-20,
            eps=0.0,
            flat=(('nss', 0.0), ('cc', 0.0)),
            resize='refuse',
        ),
    )
}

CHOICES = {
    'truth': ('lowpass', 'gaussian', 'maps'),
    'truth_padding': ('reflect', 'nearest', 'constant', 'mirror', 'wrap'),
    'resize': ('imresize', 'zoom', 'refuse'),
}
_DOING = 'choosing a protocol'
_MOST = 10**6  # splits, draws, images, pixels: more never ends


def find_protocol(name: str) -> Protocol:
    """The protocol of a name.

    Raises
    ------
    BadSetting
        For an unknown name, with the nearest known one.
    """
    if name not in PROTOCOLS:
        raise BadSetting(_DOING, repr(name), did_you_mean(name, PROTOCOLS))
    return PROTOCOLS[name]


def with_changes(protocol: Protocol, changes: Iterable[str]) -> Protocol:
    """A protocol with some choices changed.

    Parameters
    ----------
    protocol : Protocol
    changes : sequence of str
        ``field=value``, such as ``truth=maps``, ``others=None``, or
        ``metrics=cc,nss``.

    Returns
    -------
    Protocol

    Raises
    ------
    BadSetting
        For an unknown field or a value that does not fit it.

    >>> with_changes(PROTOCOLS['mit'], ['metrics=cc,nss']).metrics
    ('cc', 'nss')
    """
    for change in changes:
        field, _, text = change.partition('=')
        if field not in Protocol._fields or field in ('name', 'flat'):
            raise BadSetting(
                _DOING, repr(change), did_you_mean(field, set(Protocol._fields) - {'name', 'flat'})
            )
        protocol = protocol._replace(**{field: _value(field, text, change)})
    return _checked(protocol)


def _value(field, text, change):
    if field == 'metrics':
        chosen = tuple(name.strip() for name in text.split(','))
        for name in chosen:
            if name not in LABELS:
                raise BadSetting(_DOING, repr(change), did_you_mean(name, LABELS))
        return chosen
    if field in CHOICES:
        if text not in CHOICES[field]:
            raise BadSetting(_DOING, repr(change), did_you_mean(text, CHOICES[field]))
        return text
    try:
        value: Any = ast.literal_eval(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        value = text
    default = getattr(PROTOCOLS['lsun2015'], field)
    may_be_none = field in ('others', 'splits', 'step', 'borji_draws', 'floor')
    if value is None and may_be_none:
        return value
    wanted: Any = {'borji_draws': int, 'floor': float}.get(field, type(default))
    kinds = (int, float) if wanted is float else (wanted,)
    if value is None or type(value) not in kinds or not 0 <= value <= _MOST:
        more = ', or None' if may_be_none else ''
        raise BadSetting(_DOING, repr(change), f'{wanted.__name__} from 0 to {_MOST:,}{more}')
    return wanted(value)


def _checked(protocol):
    """The protocol, if its choices go together."""
    faults = [
        ('step=None needs splits=None', protocol.step is None and protocol.splits is not None),
        ('auc_borji needs a step', protocol.step is None and 'auc_borji' in protocol.metrics),
        ('a step from 0.00001 to 1', protocol.step is not None and not 1e-5 <= protocol.step <= 1),
        ('at least one split', 0 in (protocol.splits, protocol.borji_splits)),
        ('at least one other image', protocol.others == 0),
        ('at least one draw', protocol.borji_draws == 0),
        ('a width above 0', protocol.truth_width == 0),
    ]
    for expected, wrong in faults:
        if wrong:
            raise BadSetting(_DOING, 'choices that do not go together or say nothing', expected)
    return protocol
