"""A density sums to one, and its numbers are those that made the fixations."""

import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises
from scipy.special import logsumexp

import juntingnet_theano as jn
from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.prediction import densities
from juntingnet_theano.settings import density
from juntingnet_theano.settings.density import Density
from tests.helpers import pysaliency_files
from tests.helpers.output import said

TRUE = Density(2.0, 0.2, 0.7, 0.45, 0.55, 0.2, 0.25, 0.15)


def blobs(rng, size=(60, 80)):
    """A map with three smooth places."""
    y, x = np.mgrid[: size[0], : size[1]]
    found = sum(
        np.exp(-((x - rng.uniform(0, size[1])) ** 2 + (y - rng.uniform(0, size[0])) ** 2) / 200)
        for _ in range(3)
    )
    return found / found.max()


def looks(rng, log_p, count=300):
    """(x, y) of fixations drawn from a density, as shares of the sides."""
    p = np.exp(log_p.astype('float64')).ravel()
    rows, columns = np.divmod(rng.choice(p.size, count, p=p / p.sum()), log_p.shape[1])
    places = np.column_stack([columns, rows]) + rng.uniform(0, 1, (count, 2))
    return places / np.array(log_p.shape[::-1])


def test_densities_sum_to_one_at_any_size_and_for_flat_maps():
    rng = np.random.default_rng(0)
    for size in ((1, 1), (48, 48), (300, 7), (700, 900)):
        for values in (rng.random(size), np.zeros(size), np.ones(size)):
            found = densities.log_density(values, TRUE)
            assert_equal((found.shape, found.dtype), (size, np.float32))
            assert_less(abs(logsumexp(found.astype('float64'))), 1e-5)
        assert_less(abs(logsumexp(densities.centre_log_density(size, TRUE))), 1e-9)


def test_the_formula_pixel_by_pixel():
    values = np.random.default_rng(1).random((5, 4))
    energy = np.zeros((5, 4))
    centre = np.zeros((5, 4))
    for row in range(5):
        for column in range(4):
            x, y = (
                ((column + 0.5) / 4 - TRUE.x) / TRUE.sigma_x,
                ((row + 0.5) / 5 - TRUE.y) / TRUE.sigma_y,
            )
            centre[row, column] = np.exp(-(x * x + y * y) / 2)
    centre = 0.85 * centre / centre.sum() + 0.15 / 20
    energy = (values + TRUE.floor) ** TRUE.power * centre**TRUE.centre
    np.testing.assert_allclose(
        np.exp(densities.log_density(values, TRUE)), energy / energy.sum(), rtol=1e-5
    )


def test_the_fit_finds_the_numbers_that_made_the_fixations():
    rng = np.random.default_rng(2)
    maps = [blobs(rng) for _ in range(60)]
    known = [densities.log_density(each, TRUE) for each in maps]
    found = densities.fit(maps, [looks(rng, each) for each in known])
    assert_less(abs(found.power - TRUE.power), 0.3)
    assert_less(abs(found.centre - TRUE.centre), 0.4)
    others = [blobs(rng) for _ in range(20)]
    for each in others:  # what they say of new maps is nearly the same
        p, q = (densities.log_density(each, numbers) for numbers in (TRUE, found))
        assert_less((np.exp(p) * (p - q)).sum() / np.log(2), 0.05)


def test_gain_of_a_density_over_another_in_bits():
    fixations = np.array([[2, 0], [0, 1]])
    p, q = np.log([[0.5, 0.25], [0.125, 0.125]]), np.log(np.full((2, 2), 0.25))
    assert_equal(round(densities.gain(p, q, fixations), 12), round((1 + 1 - 1) / 3, 12))


def test_numbers_lie_beside_their_weights_and_broken_ones_are_refused():
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, 'weights.hdf5')
        with assert_raises(MissingFiles) as caught:
            density.read(weights)
        assert_in('juntingnet weights density', str(caught.exception))
        place = os.path.join(folder, 'weights.density.toml')
        for text in (
            'power = "2"',
            'power = -1.0',
            'pover = 1.0',
            'power',
            'uniform = 1.0',
            'x = nan',
        ):
            with open(place, 'w') as file:
                file.write(text)
            assert_raises(BadFile, density.read, weights)
        with open(place, 'w') as file:
            file.write('power = 2\nfloor = 0.5\n')
        assert_equal(density.read(weights), Density(2, 0.5))


def test_the_command_fits_writes_and_says_what_is_gained():
    with tempfile.TemporaryDirectory() as folder:
        root, weights = os.path.join(folder, 'sample'), os.path.join(folder, 'w.hdf5')
        sample.generate(root, counts=(1, 6, 1))
        common = ['weights', 'density', '--dataset', 'sample', '--raw', root]
        out = ['--out', density.beside(weights)]
        code, text = said(lambda: main([*common, 'isun', *out]))
        assert_equal(code, 0)
        assert_in('Fitted on 3 images of sample validation. Of 3 others', text)
        assert_in('information gain over the fitted centre: ', text)
        found = density.read(weights)
        assert_less(found.floor, 10)
        assert_equal(main([*common, 'centre', *out]), 2)
        assert_equal(main([*common, 'isun', '--split', 'testing', *out]), 2)
        assert_equal(density.read(weights), found)


def test_a_set_whose_name_is_no_utf_8_can_stand_in_the_file():
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, os.fsdecode(b'caf\xe9\n'))
        sample.generate(root, counts=(1, 4, 1))
        looked_at = {each.image: each for each in sample.read(root, 'validation')}
        path = os.path.join(root, 'stimuli.hdf5')
        pysaliency_files.write_stimuli(
            path, {os.path.relpath(each, root): looked_at[each].size for each in looked_at}
        )
        pysaliency_files.write_fixations(
            os.path.join(root, 'fixations.hdf5'),
            x=[50, 60, 70, 80],
            y=[50, 60, 70, 80],
            t=[0, 0, 0, 0],
            n=[0, 1, 2, 3],
            subjects=[0, 0, 0, 0],
        )
        out = os.path.join(folder, 'a.toml')
        assert_equal(
            main(['weights', 'density', 'isun', '--dataset', 'pysaliency:' + path, '--out', out]), 0
        )
        with open(out, encoding='utf-8') as file:
            assert_in('caf\\xe9\\n', file.readline())


def test_the_numbers_of_the_weights_that_come_with_the_package():
    assert_equal(density.read(jn.load().path).check(), density.read(jn.load().path))
