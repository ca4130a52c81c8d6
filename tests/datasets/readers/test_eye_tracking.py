"""MIT1003, OSIE, CAT2000 and Toronto in their true layouts, forged."""

import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true
from PIL import Image

from juntingnet_theano import datasets
from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import cat2000, eye_samples, mit1003, osie, toronto
from juntingnet_theano.errors import BadFile
from tests.helpers.mat_files import cells, save, structs, touch

WIDTH, HEIGHT = 80, 60


def picture(*parts):
    path = touch(*parts)
    pixels = np.random.RandomState(0).randint(0, 255, (HEIGHT, WIDTH, 3))
    Image.fromarray(pixels.astype('uint8')).save(path)
    return path


def only(name, root, split='training'):
    (record,) = datasets.reader(name).read(root, split)
    return datasets.with_gaze(name, record)


def caches(name, root, **settings):
    """What preprocessing makes of a data set: its cache, open."""
    path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
    preprocess(
        name,
        root,
        path,
        PreprocessingSettings(**settings),
        workers=1,
        watch=lambda items, *_, **__: items,
    )
    return open_cache(path)


# --- raw samples -------------------------------------------------------------


def eye(*stops):
    """Samples at 240 Hz: (x, y, number of samples) after one another."""
    return np.concatenate([np.tile([[x, y]], (count, 1)) for x, y, count in stops]).astype(float)


def test_slow_samples_are_a_fixation_at_their_median():
    samples = eye((10, 20, 50), (60, 40, 30), (5, 5, 24))
    samples[:50, 0] += np.tile([-1.0, 0, 1, 0, 0], 10)
    assert_equal(
        eye_samples.fixations(samples, 240).tolist(),
        [[10, 20, 0], [60, 40, 50 / 240.0], [5, 5, 80 / 240.0]],
    )


def test_stops_that_are_too_short_and_blinks_are_no_fixations():
    samples = eye(
        (10, 20, 23), (60, 40, 24), (-100, -100, 40), (60, 40, 24), (np.nan, 1, 50), (30, 30, 10)
    )
    assert_equal(
        eye_samples.fixations(samples, 240).tolist(), [[60, 40, 23 / 240.0], [60, 40, 87 / 240.0]]
    )


def test_a_moving_eye_and_no_eye_have_no_fixations():
    moving = np.column_stack([np.arange(200) * 10.0, np.zeros(200)])
    for samples in (moving, np.zeros((0, 2)), np.zeros((1, 2))):
        assert_equal(eye_samples.fixations(samples, 240).shape, (0, 3))


# --- MIT1003 -----------------------------------------------------------------


def write_track(root, observer, name, samples, variable=None):
    """DATA/<observer>/<name>.mat; MATLAB cuts names at 63 letters."""
    data = structs([{'eyeData': np.column_stack([samples, np.zeros(len(samples))])}], (1, 1))
    save(
        os.path.join(root, 'DATA', observer, name + '.mat'),
        **{variable or name[:31]: structs([{'imgName': name + '.jpeg', 'DATA': data}], (1, 1))},
    )


def mit(maps=True):
    root = tempfile.mkdtemp()
    picture(root, 'ALLSTIMULI', 'i05june05.jpeg')
    touch(root, 'ALLSTIMULI', '._i05june05.jpeg')
    first = (40, 30, 30)  # on the point shown before
    write_track(root, 'ajs', 'i05june05', eye(first, (11, 21, 30)))
    write_track(root, 'CNG', 'i05june05', eye(first, (80, 60, 30), (81, 5, 30), (1, 1, 30)))
    touch(root, 'DATA', 'shuff_stimnames.mat')
    if maps:
        picture(root, 'ALLFIXATIONMAPS', 'i05june05_fixMap.jpg')
        picture(root, 'ALLFIXATIONMAPS', 'i05june05_fixPts.jpg')
    return root


def test_mit1003_has_the_fixations_of_all_observers_but_their_first():
    root = mit()
    assert_equal(datasets.check('mit1003', root), None)
    found = only('mit1003', root)
    assert_equal((found.name, found.split, found.size), ('i05june05', 'training', (HEIGHT, WIDTH)))
    # CNG before ajs; 1-based before, 0-based now; x = 81 lies outside.
    assert_equal(found.fixations.x.tolist(), [79, 0, 10])
    assert_equal(found.fixations.y.tolist(), [59, 0, 20])
    assert_equal(found.fixations.subject.tolist(), [0, 0, 1])
    assert_true(np.allclose(found.fixations.t, [30 / 240.0, 90 / 240.0, 30 / 240.0]))
    assert_equal(found.dropped, 1)
    assert_equal(os.path.basename(found.saliency_map), 'i05june05_fixMap.jpg')


def test_mit1003_without_its_maps_gets_them_from_the_fixations():
    found = only('mit1003', mit(maps=False))
    assert_equal((found.saliency_map, found.map_sigma), (None, 0))


def test_mit1003_reads_names_that_are_no_matlab_variables():
    root = tempfile.mkdtemp()
    picture(root, 'ALLSTIMULI', 'a.jpeg')
    write_track(root, 'ajs', 'a', eye((50, 50, 30), (5, 6, 30)), 'istatic_x')
    assert_equal(only('mit1003', root).fixations.y.tolist(), [5])


def test_mit1003_names_a_track_that_is_none():
    for variables in (
        {'a': np.eye(2)},
        {'a': structs([{'DATA': np.eye(2)}])},
        {'a': structs([{'DATA': structs([{'eyeData': np.zeros((5, 1))}])}])},
        {'a': structs([{'other': 1}])},
        {},
    ):
        root = tempfile.mkdtemp()
        picture(root, 'ALLSTIMULI', 'a.jpeg')
        save(os.path.join(root, 'DATA', 'ajs', 'a.mat'), **variables)
        with assert_raises(BadFile) as raised:
            only('mit1003', root)
        assert_in(os.path.join('ajs', 'a.mat'), str(raised.exception))


def test_mit1003_becomes_a_cache():
    with caches('mit1003', mit()) as cache:
        assert_equal(cache.count('training'), 1)
        assert_equal(cache.dropped, {'training': 1})
        assert_equal(len(cache.fixations('training', 0).x), 3)


# --- OSIE --------------------------------------------------------------------


def subject(xs, ys):
    return structs(
        [
            {
                'fix_x': np.array([xs], float),
                'fix_y': np.array([ys], float),
                'fix_duration': np.full((1, len(xs)), 200.0),
            }
        ],
        (1, 1),
    )


def write_osie(root, images, front=''):
    for name, _ in images:
        picture(root, front, 'data', 'stimuli', name)
    save(
        os.path.join(root, front, 'data', 'eye', 'fixations.mat'),
        fixations=cells(
            [
                structs([{'img': name, 'subjects': cells(subjects)}], (1, 1))
                for name, subjects in images
            ]
        ),
    )


def test_osie_has_the_fixations_of_each_subject():
    for front in ('', 'predicting-human-gaze-beyond-pixels-master'):
        root = tempfile.mkdtemp()
        write_osie(
            root,
            [
                (
                    '1001.jpg',
                    [subject([1, 80, 80.6], [1, 60, 3]), subject([], []), subject([11.5], [21])],
                )
            ],
            front,
        )
        assert_equal(datasets.check('osie', root), None)
        found = only('osie', root)
        assert_equal((found.name, found.size), ('1001', (HEIGHT, WIDTH)))
        assert_equal(found.fixations.x.tolist(), [0, 79, 10.5])
        assert_equal(found.fixations.y.tolist(), [0, 59, 20])
        assert_equal(found.fixations.subject.tolist(), [0, 0, 2])
        assert_true(np.isnan(found.fixations.t).all())
        assert_equal(found.dropped, 1)
        assert_equal(found.map_sigma, 0)


def test_osie_names_a_file_of_another_shape():
    for variables in (
        {'fixations': np.eye(3)},
        {'other': 1},
        {'fixations': cells([np.eye(2)])},
        {'fixations': cells([structs([{'img': '1.jpg'}])])},
        {
            'fixations': cells(
                [
                    structs(
                        [
                            {
                                'img': '1.jpg',
                                'subjects': cells(
                                    [structs([{'fix_x': [1.0], 'fix_y': [1.0, 2.0]}])]
                                ),
                            }
                        ]
                    )
                ]
            )
        },
    ):
        root = tempfile.mkdtemp()
        save(os.path.join(root, 'data', 'eye', 'fixations.mat'), **variables)
        with assert_raises(BadFile) as raised:
            osie.read(root, 'training')
        assert_in('fixations.mat', str(raised.exception))


def test_made_maps_have_the_sigma_asked_for_or_a_thirtieth_of_the_side():
    root = tempfile.mkdtemp()
    write_osie(root, [('1001.jpg', [subject([41], [31])])])
    widths = []
    for settings in ({}, {'map_sigma': 80 / 30.0}, {'map_sigma': 8.0}):
        with caches('osie', root, **settings) as cache:
            found = cache.maps('training')[0, 0] / 255.0
        # Half of the maximum lies 1.177 sigma from the middle.
        widths.append((found.max(axis=0) > 0.5).sum() * WIDTH / 48.0)
    assert_equal(widths[0], widths[1])
    assert_true(abs(widths[0] - 2 * 1.177 * 80 / 30.0) < 2 * WIDTH / 48.0)
    assert_true(abs(widths[2] - 2 * 1.177 * 8) < 2 * WIDTH / 48.0)


# --- CAT2000 -----------------------------------------------------------------


def hits(*places):
    matrix = np.zeros((HEIGHT, WIDTH), 'uint8')
    for x, y in places:
        matrix[y, x] = 1
    return matrix


def write_cat2000(maps=True):
    root = tempfile.mkdtemp()
    for folder, category in (('trainSet', 'Action'), ('testSet', 'Art')):
        picture(root, folder, 'Stimuli', category, '001.jpg')
        picture(root, folder, 'Stimuli', category, 'Output', '001.jpg')
    save(
        os.path.join(root, 'trainSet', 'FIXATIONLOCS', 'Action', '001.mat'),
        fixLocs=hits((79, 0), (3, 59)),
    )
    if maps:
        picture(root, 'trainSet', 'FIXATIONMAPS', 'Action', '001.jpg')
    return root


def test_cat2000_has_categories_and_pooled_fixations():
    root = write_cat2000()
    assert_equal(datasets.check('cat2000', root), None)
    found = only('cat2000', root)
    assert_equal((found.name, found.scene, found.size), ('Action/001', 'Action', (HEIGHT, WIDTH)))
    assert_equal(sorted(zip(found.fixations.x, found.fixations.y)), [(3, 59), (79, 0)])
    assert_equal(found.fixations.subject.tolist(), [-1, -1])
    assert_true(found.saliency_map.endswith(os.path.join('FIXATIONMAPS', 'Action', '001.jpg')))
    tested = only('cat2000', root, 'testing')
    assert_equal((tested.name, tested.has_map, tested.fixations), ('Art/001', False, None))


def test_cat2000_may_have_one_of_its_two_archives_only():
    root = tempfile.mkdtemp()
    assert_equal(cat2000.splits(root), ('training', 'testing'))
    picture(root, 'testSet', 'Stimuli', 'Art', '001.jpg')
    assert_equal(cat2000.splits(root), ('testing',))
    assert_equal(datasets.check('cat2000', root), None)


def test_cat2000_becomes_a_cache_with_made_maps():
    with caches('cat2000', write_cat2000(maps=False)) as cache:
        assert_equal([cache.count(split) for split in cache.splits], [1, 1])
        assert_equal(cache.names('training'), ['Action/001'])
        assert_equal(cache.maps('training').max(), 255)


def test_cat2000_names_a_file_without_pixels():
    root = write_cat2000()
    path = os.path.join(root, 'trainSet', 'FIXATIONLOCS', 'Action', '001.mat')
    for variables in (
        {'other': 1},
        {'fixLocs': 'text'},
        {'fixLocs': np.zeros((0, 0))},
        {'fixLocs': np.zeros((2, 2, 2))},
        {'fixLocs': cells([1])},
    ):
        save(path, **variables)
        with assert_raises(BadFile) as raised:
            only('cat2000', root)
        assert_in(path, str(raised.exception))


# --- Toronto -----------------------------------------------------------------


def test_toronto_has_its_images_in_the_order_of_their_numbers():
    root = tempfile.mkdtemp()
    base = os.path.join(root, 'eyetrackingdata', 'fixdens')
    for number in (1, 2):
        picture(base, 'Original Image Set', f'{number}.jpg')
    save(
        os.path.join(base, 'origfixdata.mat'),
        white=cells([hits((79, 59)), hits((0, 1), (2, 1))], (1, 2)),
    )
    assert_equal(datasets.check('toronto', root), None)
    found = toronto.read(root, 'training')
    assert_equal([record.name for record in found], ['1', '2'])
    assert_equal(found[0].size, (HEIGHT, WIDTH))
    assert_equal(found[0].fixations.x.tolist(), [79])
    assert_equal(found[1].fixations.x.tolist(), [0, 2])
    assert_equal(found[1].fixations.y.tolist(), [1, 1])
    with caches('toronto', root) as cache:
        assert_equal(cache.count('training'), 2)


def test_toronto_names_a_file_of_another_shape():
    for variables in ({'white': np.eye(3)}, {'black': 1}, {'white': cells(['text'])}):
        root = tempfile.mkdtemp()
        save(os.path.join(root, 'eyetrackingdata', 'fixdens', 'origfixdata.mat'), **variables)
        with assert_raises(BadFile) as raised:
            toronto.read(root, 'training')
        assert_in('origfixdata.mat', str(raised.exception))


# --- all of them -------------------------------------------------------------


def toronto_set(extension='.jpg'):
    root = tempfile.mkdtemp()
    base = os.path.join(root, 'eyetrackingdata', 'fixdens')
    picture(base, 'Original Image Set', '1' + extension)
    save(os.path.join(base, 'origfixdata.mat'), white=cells([hits((1, 2))]))
    return root


def osie_set(extension='.jpg'):
    root = tempfile.mkdtemp()
    write_osie(root, [('1001' + extension, [subject([1], [1])])])
    return root


SETS = (
    ('mit1003', mit, 'ALLSTIMULI'),
    ('osie', osie_set, 'data/stimuli'),
    ('cat2000', write_cat2000, 'trainSet/Stimuli/Action'),
    ('toronto', toronto_set, 'eyetrackingdata/fixdens/Original Image Set'),
)


def test_what_is_no_picture_is_left_out_and_told():
    for name, make, folder in SETS:
        root = make()
        for other in ('Thumbs.db', 'readme.txt', 'A.CR2'):
            touch(root, folder, other)
        only(name, root)
        told = list(datasets.reader(name).read(root, 'training').left_out.values())
        for kind in ('.db', '.txt', '.cr2'):
            assert_in(kind, told)


def test_twins_are_refused_by_name():
    for name, make, folder in SETS:
        root = make()
        (path,) = [
            each
            for each in os.listdir(os.path.join(root, folder))
            if os.path.splitext(each)[1] in ('.jpg', '.jpeg') and not each.startswith('.')
        ]
        twin = picture(root, folder, os.path.splitext(path)[0].upper() + '.png')
        with assert_raises(BadFile) as raised:
            datasets.reader(name).read(root, 'training')
        assert_in(path, str(raised.exception))
        assert_in(twin, str(raised.exception))


def test_archives_may_be_unpacked_one_level_deeper():
    for name, make, folder in SETS:
        for place in (folder, ''):
            root = make()
            where = os.path.join(root, place)
            inner = os.path.join(where, os.path.basename(place) or 'set')
            if 'Action' in inner:
                continue
            for entry in os.listdir(where):
                os.renames(os.path.join(where, entry), os.path.join(inner, entry))
            assert_equal(datasets.check(name, root, ['training']), None)
            (record,) = datasets.reader(name).read(root, 'training')
            assert_true(os.path.isfile(record.image))


def test_extensions_are_in_any_case():
    for name, make in (('osie', osie_set), ('toronto', toronto_set)):
        for extension in ('.JPG', '.jpeg', '.png'):
            assert_true(os.path.isfile(only(name, make(extension)).image))


def test_gaze_and_pictures_that_do_not_match_are_told():
    root = mit()
    write_track(root, 'ajs', 'other', eye((1, 1, 30)))
    found = mit1003.read(root, 'training').left_out
    assert_in(os.path.join(root, 'DATA', 'ajs', 'other.mat'), found)
    root = osie_set()
    path = picture(root, 'data', 'stimuli', '1002.jpg')
    assert_equal(osie.read(root, 'training').left_out, {path: 'pictures in no list'})


def test_one_split_sets_say_so():
    for module in (mit1003, osie, toronto):
        assert_equal(module.splits('nowhere'), ('training',))
