"""Protocols, ground truth from gaze, and streams of random numbers."""

import numpy as np
from nose.tools import (
    assert_almost_equal,
    assert_equal,
    assert_in,
    assert_less,
    assert_not_equal,
    assert_raises,
    assert_true,
)
from scipy import ndimage

from juntingnet_theano import metrics
from juntingnet_theano.errors import BadSetting
from juntingnet_theano.metrics import protocols
from tests.helpers.metric_cases import SHAPE, G

SIZES = [(12, 16), (24, 16), (12, 32), (12, 16), (10, 10)]


def looks(seed=0, count=6):
    rng = np.random.default_rng(seed)
    return [
        np.column_stack([rng.integers(0, width, count), rng.integers(0, height, count)])
        for height, width in SIZES
    ]


def pool():
    return metrics.GazePool(looks(), SIZES)


def seed(index=0, value=0):
    return np.random.SeedSequence(value, spawn_key=(index,))


def scored(protocol, values=G, index=0, **changes):
    protocol = metrics.PROTOCOLS[protocol]._replace(**changes)
    truth = pool().truth(
        index,
        protocol,
        metrics.generator(seed(index), 'others'),
        density=ndimage.gaussian_filter(G, 2),
    )
    return metrics.score(values, truth, protocol, seed(index))


def test_fixation_map_counts_rounded_pixels():
    found = metrics.fixation_map([0, 0.4, 2.6, 3.49, -0.5], [0, 0, 1, 1.5, 0], (2, 4))
    assert_equal(found.tolist(), [[3, 0, 0, 0], [0, 0, 0, 2]])


def test_others_are_all_or_some_and_never_this_image():
    everyone = metrics.Protocol('all', others=None, other_repeats=True, negative_weights=True)
    points = looks()
    for index, size in enumerate(SIZES):
        expected = np.zeros(size, int)
        for other, places in enumerate(points):
            if other != index:
                for x, y in places:
                    expected[
                        int(y * (size[0] / SIZES[other][0])), int(x * (size[1] / SIZES[other][1]))
                    ] += 1
        np.testing.assert_array_equal(pool().other_map(index, everyone), expected)
    two = everyone._replace(others=2)
    for index in range(20):
        drawn = pool().other_map(0, two, np.random.default_rng(index))
        assert_equal(drawn.sum(), 12)


def test_ten_others_of_fewer_images_are_all_of_them():
    np.testing.assert_array_equal(
        pool().other_map(1, metrics.PROTOCOLS['lsun2015']),
        pool().other_map(1, metrics.Protocol('all', others=None)),
    )


def test_negatives_may_leave_out_this_images_own_places():
    choices = metrics.Protocol('own', others=None, own_places=False)
    here = pool().fixation_map(3)
    assert_equal(pool().other_map(3, choices)[here > 0].sum(), 0)
    assert_true(pool().other_map(3, choices).max() == 1)


def test_truth_holds_only_what_the_metrics_need():
    for names, fields in (
        (('nss',), set()),
        (('cc',), {'density'}),
        (('auc_shuffled',), {'other_map'}),
        (('information_gain',), {'baseline'}),
    ):
        truth = pool().truth(0, metrics.Protocol('few', names))
        assert_equal(
            {
                field
                for field in ('density', 'other_map', 'baseline')
                if getattr(truth, field) is not None
            },
            fields,
        )


def test_continuous_ground_truth_is_the_protocols():
    here = pool().fixation_map(0)
    for name, expected in (
        ('lsun2015', metrics.lowpass(here > 0, 8)),
        ('salicon', ndimage.gaussian_filter((here > 0) * 1.0, 19)),
        ('pysaliency', ndimage.gaussian_filter(here * 1.0, 35, mode='nearest')),
    ):
        np.testing.assert_allclose(
            pool().truth(0, metrics.PROTOCOLS[name]).density, expected, rtol=0, atol=1e-14
        )


def test_every_protocol_scores_all_its_metrics():
    for name, protocol in metrics.PROTOCOLS.items():
        # The sizes have no room for the spectrum of 8 cycles.
        scores = scored(name, truth='maps')
        assert_equal(tuple(scores), protocol.metrics)
        assert_true(all(np.isfinite(list(scores.values()))), name)


def test_the_same_seed_is_the_same_score_and_another_is_not():
    first, again = scored('lsun2015'), scored('lsun2015')
    assert_equal(first, again)
    protocol = metrics.PROTOCOLS['lsun2015']
    truth = pool().truth(0, protocol)
    other = metrics.score(G, truth, protocol, seed(0, 1))
    for name in ('auc_borji', 'auc_judd'):
        assert_not_equal(first[name], other[name])
    for name in ('cc', 'similarity'):
        assert_equal(first[name], other[name])


def test_a_score_does_not_depend_on_which_others_are_asked_for():
    alone = scored('lsun2015', metrics=('auc_borji',))
    assert_equal(alone['auc_borji'], scored('lsun2015')['auc_borji'])


def test_a_flat_map_gets_what_each_convention_gives_it():
    flat = np.full(SHAPE, 0.3)
    scores = scored('salicon', flat)
    assert_equal((scores['auc_borji'], scores['auc_shuffled']), (0.5, 0.5))
    assert_true(np.isnan(scores['cc']))
    scores = scored('pysaliency', flat)
    assert_equal(
        [scores[name] for name in ('auc_uniform', 'auc_shuffled', 'nss', 'cc')], [0.5, 0.5, 0, 0]
    )
    scores = scored('lsun2015', flat)
    assert_less(abs(scores.pop('auc_judd') - 0.5), 0.5)
    assert_true(all(np.isnan(list(scores.values()))))


def test_maps_of_another_size_are_brought_over_in_the_protocols_way():
    larger = metrics.imresize(G, (24, 32))
    for name in ('lsun2015', 'salicon'):
        for metric, value in scored(name, larger).items():
            assert_less(abs(value - scored(name)[metric]), 0.05)
    with assert_raises(BadSetting) as caught:
        scored('pysaliency', larger)
    assert_in('24 x 32', str(caught.exception))


def test_choices_are_changed_by_text():
    base = metrics.PROTOCOLS['lsun2015']
    changed = protocols.with_changes(
        base,
        [
            'truth=maps',
            'others=None',
            'step=0.01',
            'metrics=cc, nss',
            'truth_width=19',
            'repeats=True',
            'borji_draws=1000',
        ],
    )
    assert_equal(
        (
            changed.truth,
            changed.others,
            changed.step,
            changed.metrics,
            changed.truth_width,
            changed.repeats,
            changed.borji_draws,
        ),
        ('maps', None, 0.01, ('cc', 'nss'), 19.0, True, 1000),
    )


def test_choices_that_make_no_sense_are_refused():
    for protocol, change in (
        ('lsun2015', 'stpe=.1'),
        ('lsun2015', 'step=0'),
        ('lsun2015', 'step=2'),
        ('lsun2015', 'step=None'),
        ('lsun2015', 'splits=0'),
        ('lsun2015', 'splits=ten'),
        ('lsun2015', 'truth=map'),
        ('lsun2015', 'metrics=ncc'),
        ('lsun2015', 'others=0'),
        ('lsun2015', 'repeats=1'),
        ('lsun2015', 'ddof=None'),
        ('lsun2015', 'truth_width=0'),
        ('lsun2015', 'step=1e-9'),
        ('lsun2015', 'truth_width=1e400'),
        ('lsun2015', 'splits=10000000000'),
        ('mit', 'eps=1' + '0' * 400),
        ('mit', 'splits=' + '-' * 99999 + '1'),
        ('mit', 'floor=1e300'),
        ('mit', 'splits=' + '9' * 5000),
        ('mit', 'truth_width=-1'),
        ('pysaliency', 'metrics=auc_borji'),
        ('lsun2015', 'name=x'),
    ):
        with assert_raises(BadSetting):
            protocols.with_changes(metrics.PROTOCOLS[protocol], [change])
    with assert_raises(BadSetting) as caught:
        protocols.find_protocol('lsun')
    assert_in('lsun2015', str(caught.exception))


def test_information_gain_is_over_everybody_elses_fixations():
    protocol = metrics.PROTOCOLS['mit']._replace(metrics=('information_gain',))
    truth = pool().truth(0, protocol)
    everyone = metrics.Protocol('all', others=None, negative_weights=True)
    baseline = metrics.lowpass(pool().other_map(0, everyone))
    assert_almost_equal(
        metrics.score(G, truth, protocol, seed())['information_gain'],
        metrics.information_gain(G, truth.fixation_map, baseline),
        12,
    )
