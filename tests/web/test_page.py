"""The page in a real browser: `web/static`."""

import io
import json
import os
import shutil
import tempfile
import time
import unittest

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_in, assert_less
from PIL import Image

import juntingnet_theano
from tests.helpers import browsers, services
from tests.helpers.damaged_files import claiming_jpeg

PICTURES = os.path.join(os.path.dirname(juntingnet_theano.__file__), 'web', 'static', 'pictures')
SHOWN = "document.getElementById('caption').textContent.includes(arguments[0]) && "
SHOWN += "document.getElementById('caption').textContent.endsWith(' ms')"
service = browser = None


def setup_module():
    global service, browser
    reason = services.missing() or browsers.missing()
    if reason:
        raise unittest.SkipTest(reason)
    service = services.Service().__enter__()
    browser = browsers.Browser().__enter__()


def teardown_module():
    for each in (browser, service):
        if each is not None:
            each.__exit__()


def opened(width=1280, height=860, dark=False):
    """A new page that is ready."""
    browser.size(width, height)
    browser.dark(dark)
    browser.driver.get('about:blank')
    browser.driver.get(service.url)
    browser.until("document.getElementById('state').dataset.kind === 'ready'")


def chosen(name):
    """A new page with a picture and its heat."""
    opened()
    browser.find('#choose').send_keys(os.path.join(PICTURES, name + '.jpg'))
    browser.until(SHOWN, name)


def numpy_map(name, options=''):
    with open(os.path.join(PICTURES, name + '.jpg'), 'rb') as file:
        return np.load(io.BytesIO(service.ask('/predict?form=npy' + options, file.read())[2]))


def typed(**numbers):
    """Type a rectangle, in pixels of the picture."""
    browser.find('#region-add').click()
    for name, value in numbers.items():
        browser.run(
            'const field = document.getElementById(arguments[0]); field.value = arguments[1];'
            "field.dispatchEvent(new Event('input'))",
            'r-' + name,
            value,
        )


def moved(name, value):
    """Move a slider, and wait for the picture."""
    browser.run(
        'const slider = document.getElementById(arguments[0]); slider.value = arguments[1];'
        "slider.dispatchEvent(new Event('input'))",
        name,
        value,
    )
    browser.driver.execute_async_script(
        'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))'
    )


def canvas():
    """Pixels of the picture as the page shows it."""
    size = browser.run("const c = document.getElementById('canvas'); return [c.height, c.width]")
    values = browser.run(
        "const c = document.getElementById('canvas');"
        "return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.array(values, 'uint8').reshape(*size, 4)[..., :3].astype(int)


def downloaded(ending):
    """The file that the page has just given."""
    deadline = time.monotonic() + browsers.PATIENCE
    while time.monotonic() < deadline:
        for name in os.listdir(browser.downloads):
            if name.endswith(ending) and not name.startswith('.'):
                path = os.path.join(browser.downloads, name)
                with open(path, 'rb') as file:
                    content = file.read()
                os.remove(path)
                return name, content
        time.sleep(0.05)
    raise AssertionError('no file ' + ending)


def test_a_sample_shows_its_heat_and_nothing_leaves_the_machine():
    browser.addresses()
    opened()
    browser.shot('start')
    browser.find('[data-sample=chelsea]').click()
    browser.until(SHOWN, 'chelsea')
    browser.shot('chelsea')
    assert_in('451 × 300 · JuntingNet, weights isun, 12 views', browser.find('#caption').text)
    addresses = browser.addresses()
    assert_greater(len(addresses), 5)
    for each in addresses:
        assert each.startswith((service.url, 'blob:', 'data:', 'about:blank')), each
    severe = [each for each in browser.driver.get_log('browser') if each['level'] == 'SEVERE']
    assert_equal(severe, [])


def test_the_share_of_a_rectangle_is_that_of_the_map():
    chosen('coffee')
    typed(x=150, y=80, w=200, h=160)
    values = numpy_map('coffee').astype(float)
    expected = values[80:240, 150:350].sum() / values.sum()
    np.testing.assert_allclose(
        float(browser.find('#share').get_attribute('data-value')), expected, atol=1e-5
    )
    centre = numpy_map('coffee', '&model=centre').astype(float)
    share = 100 * centre[80:240, 150:350].sum() / centre.sum()
    browser.until(
        "document.getElementById('num-centre').textContent === arguments[0]", f'{share:.1f} %'
    )
    assert_equal(browser.find('#num-area').text, '13.3 %')
    browser.shot('region')


def test_a_rectangle_is_drawn_by_mouse_and_moved_by_keys():
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    chosen('coffee')
    stage = browser.find('#stage')
    ActionChains(browser.driver).move_to_element_with_offset(
        stage, -50, -40
    ).click_and_hold().move_by_offset(120, 90).release().perform()
    width = browser.run("return document.getElementById('stage').clientWidth")
    found = browser.run('return document.getElementById("r-w").valueAsNumber')
    assert_less(abs(found - 120 * 600 / width), 2)
    left = browser.run('return document.getElementById("r-x").valueAsNumber')
    browser.find('#region').send_keys(Keys.ARROW_RIGHT * 5)
    assert_equal(browser.run('return document.getElementById("r-x").valueAsNumber'), left + 30)
    browser.find('#region').send_keys(Keys.DELETE)
    assert_equal(browser.find('#region').is_displayed(), False)


def test_sliders_take_the_heat_away():
    chosen('chelsea')
    both = canvas()
    moved('opacity', 0)
    picture = canvas()
    with Image.open(os.path.join(PICTURES, 'chelsea.jpg')) as image:
        expected = np.asarray(image.convert('RGB')).astype(int)
    assert_less(np.abs(picture - expected).mean(), 1)
    moved('opacity', 65)
    np.testing.assert_array_equal(canvas(), both)
    moved('wipe', 50)
    half = canvas()
    np.testing.assert_array_equal(half[:, 240:], picture[:, 240:])
    np.testing.assert_array_equal(half[:, :210], both[:, :210])


def test_a_contour_holds_its_share_of_the_pixels():
    chosen('chelsea')
    # Inside by the even-odd rule, counted on a grid of the page's own path.
    inside = browser.driver.execute_async_script(
        """const done = arguments[0];
        Promise.all([import('/static/maps.js'), import('/static/api.js'),
          fetch('/static/pictures/chelsea.jpg').then((each) => each.blob())])
          .then(async ([maps, api, file]) => {
            const map = await api.map(file, {});
            const segments = maps.contour(map, 10);
            let count = 0;
            for (let i = 0; i < 100; i++) for (let j = 0; j < 100; j++) {
              const [x, y] = [(i + 0.503) / 100, (j + 0.503) / 100];
              let crossings = 0;
              for (const [x0, y0, x1, y1] of segments) {
                if ((y0 > y) !== (y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)) crossings++;
              }
              count += crossings % 2;
            }
            done(count / 10000);
          });"""
    )
    assert_less(abs(inside - 0.1), 0.01)


def test_models_stand_side_by_side():
    chosen('chelsea')
    browser.find('#compare-button').click()
    browser.until("document.querySelectorAll('#grid figure:not(.waiting)').length === 5")
    names = browser.run(
        "return [...document.querySelectorAll('#grid figcaption b')]"
        '.map((each) => each.textContent)'
    )
    assert_equal(names, ['JuntingNet', 'GBVS', 'Itti', 'BMS', 'Centre'])
    browser.shot('side-by-side')
    browser.find('[data-save=report]').click()
    report = Image.open(io.BytesIO(downloaded('-report.png')[1]))
    assert_equal(report.size[0], 1600)
    assert_greater(len(report.convert('RGB').getcolors(1 << 24)), 1000)


def test_downloads_are_the_maps_of_the_service():
    chosen('chelsea')
    expected = numpy_map('chelsea')
    browser.find('[data-save=npy]').click()
    name, content = downloaded('.npy')
    assert_equal(name, 'chelsea-isun.npy')
    np.testing.assert_array_equal(np.load(io.BytesIO(content)), expected)
    browser.find('[data-save=png16]').click()
    found = np.asarray(Image.open(io.BytesIO(downloaded('-16bit.png')[1])))
    np.testing.assert_allclose(found / 65535, expected, atol=1e-5)
    browser.find('[data-save=overlay]').click()
    assert_equal(Image.open(io.BytesIO(downloaded('-heat.png')[1])).size[0], 451)


def test_pictures_are_dropped_and_pasted():
    opened()
    for index, kind in enumerate(('drop', 'paste')):
        browser.driver.execute_async_script(
            """const [kind, name, done] = arguments;
            fetch('/static/pictures/coffee.jpg').then((each) => each.blob()).then((blob) => {
              const data = new DataTransfer();
              data.items.add(new File([blob], name, { type: 'image/jpeg' }));
              const event = kind === 'drop'
                ? new DragEvent('drop', { dataTransfer: data, bubbles: true })
                : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
              document.body.dispatchEvent(event);
              done();
            });""",
            kind,
            kind + '.jpg',
        )
        browser.until(SHOWN, kind + '.jpg')
        count = browser.run("return document.querySelectorAll('#strip li').length")
        assert_equal(count, index + 1)


def test_what_is_no_picture_and_what_is_too_large_is_said():
    opened()
    with tempfile.TemporaryDirectory() as folder:
        broken = os.path.join(folder, 'broken.jpg')
        with open(broken, 'wb') as file:
            file.write(b'no picture')
        large = os.path.join(folder, 'large.jpg')
        with open(large, 'wb') as file:
            file.write(claiming_jpeg(20000, 10000))
        for path, said in ((broken, 'Not an image'), (large, '20,000 x 10,000 pixels')):
            browser.find('#choose').send_keys(path)
            browser.until(
                "document.getElementById('alerts').textContent.includes(arguments[0])", said
            )
            assert_in(os.path.basename(path), browser.find('#alerts').text)
    assert_equal(browser.find('#welcome').is_displayed(), True)


def test_fixations_are_shown_and_scored():
    chosen('chelsea')
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'gaze.csv')
        with open(path, 'w') as file:
            file.write('x,y\n150,110\n160,115\n320,130\n')
        before = canvas()
        browser.find('#gaze-file').send_keys(path)
        browser.until("document.querySelectorAll('#scores tr').length === 5")
    moved('opacity', 65)
    assert_equal(browser.find('#gaze-count').text, '3 fixations')
    assert_greater(np.abs(canvas() - before)[108:113, 148:153].min(axis=2).max(), 0)
    browser.shot('gaze')


def data_set(folder):
    """A folder of three pictures, of which two were looked at; a lone file of gaze."""
    for name in ('images', 'fixations', 'maps'):
        os.makedirs(os.path.join(folder, name))
    for name in ('chelsea', 'coffee', 'rocket'):
        for kind in ('images', 'maps'):
            shutil.copy(os.path.join(PICTURES, name + '.jpg'), os.path.join(folder, kind))
    for name, lines in (
        ('chelsea', '150,110\n160,115\n900,3'),
        ('COFFEE', '300,200\n250,180'),
        ('nobody', '1,2'),
    ):
        with open(os.path.join(folder, 'fixations', name + '.csv'), 'w') as file:
            file.write('x,y\n' + lines)
    with open(os.path.join(folder, 'notes.txt'), 'w') as file:
        file.write('nothing of interest')


def test_a_folder_of_a_data_set_is_scored():
    opened()
    with tempfile.TemporaryDirectory() as folder:
        data_set(folder)
        browser.find('#folder').send_keys(folder)
        browser.until("document.getElementById('scores-mean').textContent === 'Mean of 2'")
    assert_equal(browser.run("return document.querySelectorAll('#strip li').length"), 3)
    said = browser.find('#alerts').text
    for part in ('Known for 2 pictures', 'Not for rocket.jpg', 'nobody.csv', '4 files'):
        assert_in(part, said)
    assert_equal(browser.find('#gaze-count').text, '2 fixations, 1 outside left out')
    rows = browser.run(
        "return [...document.querySelectorAll('#scores tr')]"
        '.map((row) => [...row.children].map((each) => each.textContent))'
    )
    assert_equal(
        [row[0] for row in rows],
        ['Similarity', 'CC', 'AUC shuffled', 'AUC Borji', 'AUC Judd', 'NSS'],
    )
    with open(os.path.join(PICTURES, 'chelsea.jpg'), 'rb') as file:
        picture = file.read()
    # Of the other picture, at this one's size.
    others = '\n'.join(
        f'{(x + 0.5) * 451 / 600 - 0.5},{(y + 0.5) * 300 / 400 - 0.5}'
        for x, y in ((300, 200), (250, 180))
    )
    body, headers = services.form(
        file=picture, fixations=b'x,y\n150,110\n160,115', others=b'x,y\n' + others.encode()
    )
    scores = json.loads(service.ask('/score', body, headers)[2])['scores']
    assert_equal([row[1] for row in rows], [f'{each["value"]:.3f}' for each in scores])
    browser.shot('data-set')


def test_one_table_may_hold_the_gaze_at_many_pictures():
    opened()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'all.csv')
        with open(path, 'w') as file:
            file.write('image,x,y\nchelsea.jpg,150,110\nsub/coffee,300,200\ncoffee,9,9\nnone,1,2')
        pictures = [os.path.join(PICTURES, name + '.jpg') for name in ('chelsea', 'coffee')]
        browser.find('#choose').send_keys('\n'.join([*pictures, path]))
        browser.until("document.getElementById('scores-mean').textContent === 'Mean of 2'")
    assert_in('No picture here is called none.', browser.find('#alerts').text)


def test_pictures_stand_side_by_side_with_a_region_of_theirs():
    names = ('chelsea', 'coffee')
    chosen(names[0])
    browser.find('#choose').send_keys(os.path.join(PICTURES, names[1] + '.jpg'))
    browser.until(SHOWN, names[1])
    browser.find('#compare-pictures').click()
    browser.until("document.querySelectorAll('#grid figure:not(.waiting)').length === 2")
    typed(x=150, y=80, w=300, h=160)
    said = browser.run(
        "return [...document.querySelectorAll('#grid figcaption')].map((each) => each.textContent)"
    )
    for text, name in zip(said, names):
        values = numpy_map(name).astype(float)
        height, width = values.shape
        part = values[height // 5 : height * 3 // 5, round(width / 4) : round(width * 3 / 4)]
        assert_equal(text, f'{name}.jpg{100 * part.sum() / values.sum():.1f} % in the region')
    browser.shot('pictures')


def test_it_is_dark_where_that_is_preferred_and_fits_a_telephone():
    for dark, low, high in ((False, 200, 255), (True, 0, 60)):
        opened(390, 844, dark)
        browser.find('[data-sample=coffee]').click()
        browser.until(SHOWN, 'coffee')
        browser.shot('telephone-' + ('dark' if dark else 'light'))
        colour = browser.run('return getComputedStyle(document.body).backgroundColor')
        levels = [int(each) for each in colour[4:-1].split(',')]
        assert low <= min(levels) and max(levels) <= high, colour
        width = browser.run('return document.documentElement.scrollWidth')
        assert_less(width, 391)
    browser.dark(False)


def test_axe_finds_nothing_serious():
    try:
        from axe_selenium_python import Axe
    except ImportError:
        raise unittest.SkipTest('axe is missing: pip install axe-selenium-python') from None
    for dark in (False, True):
        opened(dark=dark)
        for state in ('start', 'picture'):
            if state == 'picture':
                browser.find('[data-sample=coffee]').click()
                browser.until(SHOWN, 'coffee')
                browser.find('#region-add').click()
            axe = Axe(browser.driver)
            axe.inject()
            found = axe.run()['violations']
            serious = [
                (each['id'], [node['target'] for node in each['nodes']])
                for each in found
                if each['impact'] in ('serious', 'critical')
            ]
            assert_equal(serious, [], state)
