"""Metrics give what Octave printed for the benchmark's definitions."""

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_less, assert_true

from juntingnet_theano import metrics
from tests.helpers.metric_cases import (
    BASELINE,
    CORNER,
    FEWER,
    FIVE,
    FIXATIONS,
    GT,
    MANY,
    MAPS,
    OTHER,
    SHAPE,
    G,
    agree,
    dots,
    golden,
)

# MATLAB scores a constant map by its rounding noise where the constant has
# no exact mean; ours is NaN, as for the constants that have one.
NOISE = {('third', 'five'), ('third', 'one'), ('third', 'truth'), ('third', 'lowpass')}


def compare(metric, score, at_least, but=()):
    """All golden values of a metric, apart from the keys `but`."""
    expected = {key: value for key, value in golden(metric).items() if key not in but}
    assert_greater(len(expected), at_least - 1)
    wrong = [
        f'{key}: {score(*key)!r}, expected {value!r}'
        for key, value in expected.items()
        if not agree(score(*key), value)
    ]
    assert_equal(wrong, [])


def truths():
    return {'truth': GT, 'zero': np.zeros(SHAPE), 'lowpass': metrics.lowpass(FIXATIONS['five'])}


def test_auc_judd_of_every_map_and_number_of_fixations():
    compare(
        'auc_judd', lambda which, fixations: metrics.auc_judd(MAPS[which], FIXATIONS[fixations]), 39
    )


def test_auc_shuffled_where_every_split_is_the_same():
    for metric, other, step, least in (
        ('auc_shuffled', OTHER, 0.1, 13),
        ('auc_shuffled_fine', OTHER, 0.01, 13),
        ('auc_shuffled_third', FEWER, 1 / 3.0, 13),
        ('auc_shuffled_fewer', CORNER, 0.1, 39),
    ):
        compare(
            metric,
            lambda which, fixations, other=other, step=step: metrics.auc_shuffled(
                MAPS[which], FIXATIONS[fixations], other, np.random.default_rng(0), 5, step
            ),
            least,
        )


def test_nss_of_every_map_and_number_of_fixations():
    compare(
        'nss', lambda which, fixations: metrics.nss(MAPS[which], FIXATIONS[fixations]), 35, NOISE
    )


def test_information_gain_of_every_map_and_number_of_fixations():
    compare(
        'information_gain',
        lambda which, fixations: metrics.information_gain(
            MAPS[which], FIXATIONS[fixations], BASELINE
        ),
        39,
    )


def test_metrics_of_two_maps_for_every_map():
    truth = truths()
    for metric, but in (
        (metrics.cc, NOISE),
        (metrics.similarity, ()),
        (metrics.kl_divergence, {('negative', 'truth')}),
    ):
        compare(
            metric.__name__,
            lambda which, other, metric=metric: metric(MAPS[which], truth[other]),
            24,
            but,
        )


def test_a_constant_map_scores_nan_where_matlab_gives_rounding_noise():
    noise = golden('nss')
    noise.update(golden('cc'))
    assert_true(all(np.isfinite(noise[key]) for key in NOISE))
    assert_true(np.isnan(metrics.nss(MAPS['third'], FIXATIONS['five'])))
    assert_true(np.isnan(metrics.cc(MAPS['third'], GT)))


def test_earth_movers_distance_is_the_linear_programmes_optimum():
    compare('emd', lambda which, _: metrics.emd(MAPS[which], GT, 4), 4)


def test_lowpass_is_the_two_dimensional_transforms():
    for cycles in (2, 8):
        blurred = {}
        for shape in ((12, 16), (16, 12), (9, 9), (20, 33)):
            fixations = dots([(5, 7), (4, 8), (6, 6), (0, 0), (8, 3)], shape)
            blurred['{}x{}'.format(*shape)] = metrics.lowpass(fixations, cycles).ravel('F')
        compare(
            f'lowpass_{cycles}',
            lambda shape, place, blurred=blurred: blurred[shape][int(place)],
            150,
        )


def test_imresize_is_octaves():
    resized = {
        '{}x{}'.format(*shape): metrics.imresize(MAPS['odd'], shape).ravel('F')
        for shape in ((12, 16), (3, 5), (24, 20), (5, 31), (9, 7))
    }
    compare('imresize', lambda shape, place: resized[shape][int(place)], 180)


def test_many_splits_come_to_octaves_means():
    rng = np.random.default_rng(3)
    for metric, score in (
        ('auc_borji_mean', lambda values: metrics.auc_borji(values, FIXATIONS['five'], rng, 20000)),
        (
            'auc_shuffled_mean',
            lambda values: metrics.auc_shuffled(values, FIXATIONS['five'], MANY, rng, 20000),
        ),
    ):
        expected = golden(metric)
        assert_equal(len(expected), 3)
        for (which, _), mean in expected.items():
            # A split's deviation is below 0.2, and both sides are means of
            # 20,000: 0.01 is more than 5 deviations of the difference.
            assert_less(abs(score(MAPS[which]) - mean), 0.01)


def test_numbers_of_protocol_section_c():
    """Printed for the original .m files, not for our transcription."""
    five, rng = FIXATIONS['five'], np.random.default_rng(0)
    for values, expected in (
        (
            MAPS['T'],
            (
                0.534224598930481,
                0.64,
                2 / 3.0,
                -0.0807088952865052,
                0.0169269965951511,
                0.41863825733128,
                2.0171666553376,
                -0.770151760141797,
            ),
        ),
        (
            G,
            (
                0.826737967914438,
                0.76,
                0.733333333333333,
                1.30505091003381,
                0.852147400587321,
                0.73136264362475,
                0.217960159906439,
                0.134901738664803,
            ),
        ),
    ):
        found = (
            metrics.auc_judd(values, five),
            metrics.auc_shuffled(values, five, OTHER, rng),
            metrics.auc_shuffled(values, five, FEWER, rng),
            metrics.nss(values, five),
            metrics.cc(values, GT),
            metrics.similarity(values, GT),
            metrics.kl_divergence(values, GT),
            metrics.information_gain(values, five, BASELINE),
        )
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        [metrics.kl_divergence(GT, GT), metrics.kl_divergence(G, five)],
        [-4.2e-14, 3.14652720212657],
        atol=1e-9,
    )


def test_sampled_numbers_of_protocol_section_c():
    five, rng = FIXATIONS['five'], np.random.default_rng(1)
    jittered = [metrics.auc_judd(MAPS['T'], five, rng) for _ in range(200)]
    # Standard deviation 0.0056 there: the difference of two means of 200.
    assert_less(abs(np.mean(jittered) - 0.5513), 5 * 0.0056 * (2 / 200.0) ** 0.5)
    assert_less(abs(np.std(jittered) - 0.0056), 0.0015)
    for values, mean in ((MAPS['T'], 0.4876), (G, 0.7633)):
        assert_less(abs(metrics.auc_borji(values, five, rng, 20000) - mean), 0.01)
    larger = MAPS['larger']
    np.testing.assert_allclose(
        [
            metrics.auc_judd(larger, five),
            metrics.nss(larger, five),
            metrics.cc(larger, GT),
            metrics.similarity(larger, GT),
        ],
        [0.837967914439, 1.30544448974, 0.847196818761, 0.731212881381],
        rtol=0,
        atol=1e-9,
    )
    assert_equal(len(FIVE), five.sum())
