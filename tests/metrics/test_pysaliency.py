"""Where pysaliency computes the same quantity, it is the same number."""

import numpy as np
from nose.tools import assert_equal

from juntingnet_theano import metrics
from tests.helpers.metric_cases import GT, MAPS, G, T
from tests.helpers.peers import peer_data, peer_model, pysaliency

SIZES = [(24, 40), (24, 40), (30, 20), (17, 41)]


def gaze():
    """Fixations with repeats, at whole pixels."""
    rng = np.random.default_rng(0)
    return [
        np.repeat(
            np.column_stack([rng.integers(0, width, 12), rng.integers(0, height, 12)]),
            rng.integers(1, 4, 12),
            axis=0,
        )
        for height, width in SIZES
    ]


def maps(levels=None):
    rng = np.random.default_rng(1)
    found = [metrics.imresize(rng.random((5, 7)), size) for size in SIZES]
    return [np.rint(levels * each) if levels else each for each in found]


def ours(name, values):
    protocol = metrics.PROTOCOLS['pysaliency']._replace(metrics=(name,), truth_width=3.0)
    pool = metrics.GazePool(gaze(), SIZES)
    return [
        metrics.score(each, pool.truth(index, protocol), protocol, np.random.SeedSequence(0))[name]
        for index, each in enumerate(values)
    ]


def test_uniform_and_shuffled_auc_of_each_image():
    stimuli, fixations = peer_data(gaze(), SIZES)
    for values in (maps(), maps(levels=4)):
        model = peer_model(stimuli, values)
        for name, negatives in (('auc_uniform', 'uniform'), ('auc_shuffled', 'shuffled')):
            np.testing.assert_allclose(
                ours(name, values),
                model.AUC_per_image(stimuli, fixations, nonfixations=negatives),
                rtol=0,
                atol=1e-12,
            )


def test_auc_judd_without_ties():
    stimuli, fixations = peer_data(gaze(), SIZES)
    values = [each + 1e-3 * np.random.default_rng(2).random(each.shape) for each in maps()]
    expected = peer_model(stimuli, values).AUC_per_image(
        stimuli, fixations, nonfixations='unfixated', thresholds='fixations'
    )
    pool = metrics.GazePool(gaze(), SIZES)
    np.testing.assert_allclose(
        [
            metrics.auc_judd(each, pool.fixation_map(index), repeats=True)
            for index, each in enumerate(values)
        ],
        expected,
        rtol=0,
        atol=1e-12,
    )


def test_nss_of_each_fixation():
    stimuli, fixations = peer_data(gaze(), SIZES)
    scores = peer_model(stimuli, maps()).NSSs(stimuli, fixations)
    np.testing.assert_allclose(
        ours('nss', maps()),
        [scores[fixations.n == index].mean() for index in range(len(SIZES))],
        atol=1e-12,
    )


def test_gaussian_ground_truth_cc_sim_and_kl():
    peer = pysaliency()
    stimuli, fixations = peer_data(gaze(), SIZES)
    truth = peer.FixationMap(stimuli, fixations, kernel_size=3.0, convolution_mode='nearest')
    model = peer_model(stimuli, maps())
    for name, expected in (
        ('cc', model.CCs(stimuli, truth)),
        ('similarity', model.SIMs(stimuli, truth)),
        ('kl_divergence', model.image_based_kl_divergences(stimuli, truth)),
    ):
        np.testing.assert_allclose(ours(name, maps()), expected, atol=1e-9)


def test_functions_of_two_maps_and_their_flat_cases():
    peer = pysaliency().metrics
    zero, flat = np.zeros(G.shape), np.full(G.shape, 0.3)
    for values in (G, T, MAPS['bytes'], MAPS['negative'], zero, flat):
        assert_equal(
            round(metrics.similarity(values, GT, stretch=False), 12),
            round(peer.SIM(values, GT), 12),
        )
        if values.min() >= 0:
            np.testing.assert_allclose(
                metrics.kl_divergence(values, GT, 1e-20, 0.0),
                peer.image_based_kl_divergence(values, GT),
                atol=1e-9,
            )
            if values.any():
                np.testing.assert_allclose(
                    metrics.kl_divergence(values, GT, eps=2.2204e-16),
                    peer.MIT_KLDiv(values, GT),
                    atol=1e-9,
                )
