"""Edge cases, definitions by loops, and what a score may depend on."""

import itertools
import os
import subprocess
import sys
import tracemalloc

import numpy as np
from nose.tools import assert_almost_equal, assert_equal, assert_less, assert_raises, assert_true
from scipy import ndimage
from threadpoolctl import ThreadpoolController

from juntingnet_theano import metrics
from juntingnet_theano.errors import BadSetting
from juntingnet_theano.metrics import auc
from juntingnet_theano.metrics.blur import gaussian
from juntingnet_theano.metrics.fixated_values import uniform_gain
from tests.helpers import ROOT
from tests.helpers.metric_cases import (
    BASELINE,
    FIVE,
    FIXATIONS,
    GT,
    MANY,
    MAPS,
    OTHER,
    SHAPE,
    G,
    T,
    dots,
)

FIVE_MAP = FIXATIONS['five']


def rng(seed=0):
    return np.random.default_rng(seed)


def at_fixations(values, fixations, other=OTHER):
    """Every metric that needs fixations, by name."""
    return {
        'judd': metrics.auc_judd(values, fixations),
        'jitter': metrics.auc_judd(values, fixations, rng()),
        'borji': metrics.auc_borji(values, fixations, rng()),
        'shuffled': metrics.auc_shuffled(values, fixations, other, rng()),
        'exact': metrics.auc_shuffled(values, fixations, other, splits=None, step=None),
        'uniform': metrics.auc_uniform(values, fixations),
        'nss': metrics.nss(values, fixations),
        'gain': metrics.information_gain(values, fixations, BASELINE),
    }


def nans(scores):
    return {name for name, value in scores.items() if np.isnan(value)}


def test_no_fixation_scores_nan_everywhere():
    scores = at_fixations(G, FIXATIONS['none'])
    assert_equal(nans(scores), set(scores))


def test_one_fixation_is_too_few_for_borji_alone():
    assert_equal(nans(at_fixations(G, FIXATIONS['one'])), {'borji'})


def test_a_constant_map_is_at_chance_where_it_has_a_score():
    for constant in (0, 0.3, 1, 7, -2):
        scores = at_fixations(np.full(SHAPE, constant), FIVE_MAP)
        assert_equal(nans(scores), {'judd', 'borji', 'shuffled', 'nss', 'gain'})
        assert_equal((scores['exact'], scores['uniform']), (0.5, 0.5))
        many = [metrics.auc_judd(np.full(SHAPE, constant), FIVE_MAP, rng(i)) for i in range(200)]
        # The n values cut [0, 1] into n + 1 parts of equal mean length,
        # and the trapezoids over them make (n + 2) / (2 n + 2). One score
        # deviates by 0.13, so the mean by 0.01.
        assert_less(abs(np.mean(many) - 7 / 12.0), 0.04)


def test_one_value_that_is_not_finite_scores_nan():
    for bad in (np.nan, np.inf, -np.inf):
        values = G.copy()
        values[11, 0] = bad  # neither fixated nor in OTHER
        scores = at_fixations(values, FIVE_MAP)
        assert_equal(nans(scores) | {'exact'}, set(scores))
        with np.errstate(invalid='ignore'):
            assert_true(np.isnan(metrics.cc(values, GT)))
            assert_true(np.isnan(metrics.similarity(values, GT)))
            assert_true(np.isnan(metrics.emd(values, GT, 4)))
            if np.isnan(bad):
                assert_true(np.isnan(metrics.kl_divergence(values, GT)))


def test_everything_fixated_leaves_judd_no_negatives():
    assert_true(np.isnan(metrics.auc_judd(G, np.ones(SHAPE))))


def test_no_other_fixations_leave_shuffled_no_negatives():
    for step, splits in ((0.1, 100), (None, None)):
        assert_true(
            np.isnan(metrics.auc_shuffled(G, FIVE_MAP, np.zeros(SHAPE), rng(), splits, step))
        )


def test_integer_maps_score_as_the_same_numbers_in_double():
    whole = np.rint(255 * G)
    for kind in (np.uint8, np.int16, np.float32):
        assert_equal(at_fixations(whole.astype(kind), FIVE_MAP), at_fixations(whole, FIVE_MAP))
        assert_equal(metrics.similarity(whole.astype(kind), GT), metrics.similarity(whole, GT))


def test_eight_bits_keep_most_and_two_levels_lose_most():
    """Matlab's integer division rounded uint8 maps to {0, 1}: 0.5866."""
    fine = metrics.auc_judd(G, FIVE_MAP)
    bits = metrics.auc_judd(np.rint(255 * G).astype(np.uint8), FIVE_MAP)
    assert_less(abs(fine - bits), 0.005)


def test_perfect_and_reversed_maps_reach_the_ends():
    perfect = FIVE_MAP + np.linspace(0, 0.5, FIVE_MAP.size).reshape(SHAPE)
    assert_equal(metrics.auc_judd(perfect, FIVE_MAP), 1)
    # The first trapezoid rises from (0, 0) to the first of n thresholds.
    assert_almost_equal(metrics.auc_judd(-perfect, FIVE_MAP), 0.5 / 5, 12)
    assert_almost_equal(metrics.cc(GT, GT), 1, 12)
    assert_almost_equal(metrics.cc(-GT, GT), -1, 12)
    assert_almost_equal(metrics.similarity(GT, GT), 1, 12)
    assert_less(metrics.emd(GT, GT, 4), 1e-12)


def test_judd_is_the_step_by_step_curve_also_with_repeats():
    fixations = FIVE_MAP.copy()
    fixations[2, 12], fixations[9, 3] = 3, 2
    values, places = G.ravel() + rng().random(G.size), fixations.ravel() > 0
    points, hits = [(0.0, 0.0)], 0
    for threshold in sorted(values[places], reverse=True):
        hits = fixations.ravel()[places & (values >= threshold)].sum()
        points.append((np.mean(values[~places] >= threshold), hits / fixations.sum()))
    fp, tp = zip(*points + [(1.0, 1.0)])
    area = sum((fp[i + 1] - fp[i]) * (tp[i + 1] + tp[i]) / 2 for i in range(len(fp) - 1))
    assert_almost_equal(metrics.auc_judd(values.reshape(SHAPE), fixations, repeats=True), area, 12)


def test_uniform_is_the_share_of_pairs():
    fixations = 2 * dots(FIVE[:2]) + dots(FIVE[2:])
    for values in (G, MAPS['levels']):
        pairs = [
            (a > b) + 0.5 * (a == b)
            for a, b in itertools.product(
                np.repeat(values.ravel(), fixations.ravel().astype(int)), values.ravel()
            )
        ]
        assert_almost_equal(metrics.auc_uniform(values, fixations), np.mean(pairs), 12)


def test_weight_below_is_counted_as_by_sorting():
    source = rng(8)
    for values in (
        source.random(5000),
        np.rint(9 * source.random(5000)),
        np.full(50, 0.3),
        np.array([1.0]),
        -np.exp(-30 * source.random(5000)),
        np.array([0, 5e-324]),
    ):
        weights = source.integers(1, 4, len(values)).astype(float)
        thresholds = np.concatenate([values[:99], source.normal(size=20)])
        for each in (None, weights):
            smaller, not_larger = auc._weight_below(values, each, thresholds)
            counted = np.ones(len(values)) if each is None else each
            assert_equal(smaller.tolist(), [counted[values < t].sum() for t in thresholds])
            assert_equal(not_larger.tolist(), [counted[values <= t].sum() for t in thresholds])


def explicit_area(positives, negatives, thresholds):
    tp = [0] + [np.mean(positives >= t) for t in thresholds[::-1]] + [1]
    fp = [0] + [np.mean(negatives >= t) for t in thresholds[::-1]] + [1]
    return sum((fp[i + 1] - fp[i]) * (tp[i + 1] + tp[i]) / 2 for i in range(len(fp) - 1))


def test_drawing_counts_is_drawing_pixels():
    """Mean and spread over splits of the loop that draws pixels."""
    for values, other in itertools.product((T, MAPS['levels']), (None, MANY)):
        scaled = ((values - values.min()) / np.ptp(values)).ravel()
        positives, source = scaled[FIVE_MAP.ravel() > 0], rng(5)
        areas = []
        for _ in range(1000):
            if other is None:
                drawn = scaled[source.integers(0, scaled.size, 5)]
            else:
                drawn = source.permutation(scaled[other.ravel() > 0])[:5]
            top = max(positives.max(), drawn.max())
            areas.append(
                explicit_area(positives, drawn, np.arange(int(top / 0.1 + 1e-9) + 1) * 0.1)
            )
        score = (
            metrics.auc_borji
            if other is None
            else lambda *args, other=other: metrics.auc_shuffled(args[0], args[1], other, *args[2:])
        )
        ours = [score(values, FIVE_MAP, rng(i), 1) for i in range(1000)]
        error = (np.var(areas) / 1000 + np.var(ours) / 1000) ** 0.5
        assert_less(abs(np.mean(areas) - np.mean(ours)), 5 * error + 1e-12)
        assert_less(abs(np.std(areas) - np.std(ours)), 5 / 1000**0.5 * np.std(areas) + 1e-12)


def test_salicons_shuffled_is_its_loop_over_weighted_negatives():
    """Step 0.01, thresholds below the largest value (numpy.arange)."""
    others, fixations = 3 * MANY + OTHER, 2 * dots(FIVE[:2]) + dots(FIVE[2:])
    for values in (T, G, MAPS['levels'], MAPS['bytes'], MAPS['binary']):
        scaled = ((values - values.min()) / np.ptp(values)).ravel()
        positives = np.repeat(scaled, fixations.ravel().astype(int))
        negatives = np.repeat(scaled, others.ravel().astype(int))
        top = max(positives.max(), negatives.max())
        assert_almost_equal(
            metrics.auc_shuffled(
                values, fixations, others, splits=None, step=0.01, endpoint=False, repeats=True
            ),
            explicit_area(positives, negatives, np.arange(0, top, 0.01)),
            12,
        )


def test_salicons_borji_draws_many_pixels_once():
    scores = [metrics.auc_borji(G, FIVE_MAP, rng(i), 1, 0.01, 100000, False) for i in range(20)]
    assert_less(np.std(scores), 0.002)
    exact = explicit_area(G.ravel()[FIVE_MAP.ravel() > 0], G.ravel(), np.arange(0, G.max(), 0.01))
    assert_less(abs(np.mean(scores) - exact), 0.005)


def test_a_value_at_a_threshold_is_above_it():
    """Thresholds are i * step, as Octave's: 0.6 lies below 6 * 0.1."""
    values = np.arange(11) / 10.0
    counts = auc._counts(values, 0.1, True)
    assert_equal(counts.sum(), 11)
    above = np.cumsum(counts[::-1])[::-1]
    assert_equal(above.tolist(), [int(np.sum(values >= i * 0.1)) for i in range(11)])
    for step in (0.01, 1 / 3.0, 1 / 49.0, 0.3, 1.0):
        values = rng().random(1000)
        values[:2] = 0, 1
        counts = auc._counts(values, step, True)
        thresholds = np.minimum(np.arange(len(counts)) * step, 1)
        assert_equal(
            np.cumsum(counts[::-1])[::-1].tolist(), [int(np.sum(values >= t)) for t in thresholds]
        )


def test_nss_counts_repeats_where_asked():
    fixations = 3 * dots(FIVE[:1]) + dots(FIVE[1:])
    scaled = (G - G.mean()) / G.std()
    assert_almost_equal(
        metrics.nss(G, fixations, ddof=0, repeats=True),
        (scaled * fixations).sum() / fixations.sum(),
        12,
    )
    assert_almost_equal(metrics.nss(G, fixations), metrics.nss(G, FIVE_MAP), 12)


def test_maps_of_another_size_are_resized_by_every_metric():
    larger = MAPS['larger']
    resized = metrics.imresize(larger, SHAPE)
    assert_equal(at_fixations(larger, FIVE_MAP), at_fixations(resized, FIVE_MAP))
    for metric in (metrics.cc, metrics.similarity, metrics.kl_divergence):
        assert_equal(metric(larger, GT), metric(resized, GT))


def test_other_fixations_of_another_size_are_refused():
    with assert_raises(BadSetting) as caught:
        metrics.auc_shuffled(G, FIVE_MAP, np.zeros((3, 3)), rng())
    assert_true('(3, 3)' in str(caught.exception))


def test_what_is_no_map_is_refused():
    for values in (np.zeros(5), np.zeros((0, 4)), np.zeros((2, 2, 3)), np.array([['a']])):
        with assert_raises(BadSetting):
            metrics.nss(values, FIVE_MAP)


def test_gaussian_is_scipys():
    for padding, sigma in itertools.product(('reflect', 'nearest'), (1.0, 9.0)):
        np.testing.assert_allclose(
            gaussian(FIVE_MAP, sigma, padding),
            ndimage.gaussian_filter(FIVE_MAP, sigma, mode=padding),
            rtol=0,
            atol=1e-15,
        )


def test_blurs_of_a_long_picture_take_no_matrix_of_its_side():
    fixations = np.zeros((6000, 3), int)
    fixations[[7, 3000, 5999], [0, 1, 2]] = 1
    for blur, arguments in ((gaussian, (9,)), (metrics.lowpass, ())):
        tracemalloc.start()
        blur(fixations, *arguments)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert_less(most, 1 << 24)  # the matrix has 288 MB
    np.testing.assert_allclose(
        gaussian(fixations, 9), ndimage.gaussian_filter(fixations.astype(float), 9), atol=1e-12
    )


def test_lowpass_halves_amplitude_at_the_cut_off():
    column = np.arange(256)
    for cycles, share in ((8, 0.5), (4, 0.5**0.25), (16, 0.5**4)):
        wave = np.cos(2 * np.pi * cycles * column / 256) * np.ones((256, 1))
        np.testing.assert_allclose(metrics.lowpass(wave), share * wave, atol=1e-12)


def test_blurs_do_not_depend_on_the_number_of_threads():
    fixations = (rng(3).random((480, 640)) > 0.999).astype(float)
    controller, found = ThreadpoolController(), []
    for threads in (1, 2, 4):
        with controller.limit(limits=threads):
            found.append(metrics.lowpass(fixations))
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


def test_imresize_keeps_constants_and_averages():
    for shape in ((5, 7), (40, 60), (1, 1), (11, 17)):
        np.testing.assert_allclose(metrics.imresize(np.full((12, 16), 0.7), shape), 0.7, rtol=1e-12)
    assert_less(abs(metrics.imresize(T, (3, 4)).mean() - T.mean()), 0.01)


def test_imresize_keeps_symmetry_to_the_last_digit():
    for (height, width), shape in itertools.product(
        ((9, 40), (48, 48), (31, 2), (1, 1)), ((12, 16), (5, 90), (48, 31))
    ):
        quarter = rng(5).random(((height + 1) // 2, (width + 1) // 2))
        upper = np.hstack([quarter, quarter[:, : width // 2][:, ::-1]])
        found = metrics.imresize(np.vstack([upper, upper[: height // 2][::-1]]), shape)
        np.testing.assert_array_equal(found, found[::-1])
        np.testing.assert_array_equal(found, found[:, ::-1])


def test_imresize_does_not_depend_on_the_processor():
    code = (
        'import numpy as np; from juntingnet_theano import metrics;'
        'values = np.random.RandomState(6).rand(48, 31);'
        'print([metrics.imresize(values, shape).tobytes().hex() for shape in'
        ' ((120, 70), (20, 40))])'
    )
    # OpenBLAS's kernels for other processors, which it takes where this one can.
    found = {
        subprocess.run(
            [sys.executable, '-c', code],
            cwd=ROOT,
            env=dict(os.environ, OPENBLAS_CORETYPE=kind),
            check=True,
            capture_output=True,
        ).stdout
        for kind in ('Prescott', 'Nehalem', 'Haswell')
    }
    assert_equal(len(found), 1)


def test_emd_of_shifted_mass_is_the_distance():
    for move in (1, 5):
        a, b = np.zeros((12, 16)), np.zeros((12, 16))
        a[3:5, 2:4], b[3:5, 2 + move : 4 + move] = 1, 1
        assert_almost_equal(metrics.emd(a, b, 1), move, 9)
    assert_true(np.isnan(metrics.emd(np.zeros(SHAPE), GT)))


def test_gain_of_a_density_over_a_flat_one():
    fixations = np.array([[2, 0], [1, 0]])
    density = np.array([[4.0, 2.0], [1.0, 1.0]])  # of 8: 1/2 and 1/8, against 1/4
    assert_equal(uniform_gain(density, fixations, repeats=True), (1 + 1 - 1) / 3)
    assert_equal(uniform_gain(density, fixations), 0)
    assert_equal(uniform_gain(np.array([[0.0, 1.0], [1.0, 1.0]]), fixations), -np.inf)
    for wrong in (np.zeros((2, 2)), -density, np.full((2, 2), np.nan)):
        assert_true(np.isnan(uniform_gain(wrong, fixations)))
    assert_true(np.isnan(uniform_gain(density, 0 * fixations)))
