"""Draw pictures with something that pops out, and simulate their observers.

Drawn by `sample`. An observer's eyes are drawn to what differs from its
surroundings in colour, orientation or size (Treisman and Gelade, 1980), and
somewhat to the middle of the screen; so a scene here has a background, many
objects of one kind, and one to three odd ones anywhere in the picture, and
the simulated gaze falls around the odd ones.

>>> scene = draw(np.random.RandomState(0))
>>> scene.picture.mode, scene.kind in KINDS
('RGB', True)
>>> gaze = look(scene, np.random.RandomState(1))
>>> sorted(gaze[0])
['fixation', 'location', 'timestamp']
"""

import colorsys
from typing import Dict, List, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

SIZES = ((240, 320), (320, 240), (240, 240), (213, 320), (180, 320))
KINDS = ('colour', 'orientation', 'size', 'lone')
BACKGROUNDS = ('gradient', 'clouds', 'grating')

OBSERVERS = (6, 12)  # least and most of them, one after the other
FIXATIONS = (4, 9)  # of each observer
ON_ODD = 0.85  # share of fixations on an odd object
CENTRE_SPREAD = 0.18  # of each side, of the other fixations
SCATTER = 0.55  # of an object's radius
MILLISECONDS = (180, 420)  # duration of a fixation


class Scene(NamedTuple):
    """A drawn picture and what is odd in it.

    Attributes
    ----------
    picture : PIL.Image.Image
        RGB.
    kind : str
        One of `KINDS`: in what the odd objects differ from the others, or
        that there are no others.
    odd : float array
        n x 3: x, y (0-based pixels) and radius of the odd objects.
    """

    picture: Image.Image
    kind: str
    odd: np.ndarray


def draw(rng: np.random.RandomState) -> Scene:
    """Draw a random scene.

    Parameters
    ----------
    rng : numpy.random.RandomState

    Returns
    -------
    Scene
    """
    height, width = SIZES[rng.randint(len(SIZES))]
    kind = KINDS[rng.randint(len(KINDS))]
    hue = rng.rand()
    picture = _background(rng, height, width, hue)
    places, radius = _places(rng, height, width)
    odd = rng.choice(len(places), 1 + rng.randint(3), replace=False)
    usual, unusual = _looks(rng, kind, hue, radius)
    canvas = ImageDraw.Draw(picture)
    if kind != 'lone':
        for index in sorted(set(range(len(places))) - set(odd)):
            _object(canvas, places[index], usual)
    for index in odd:
        _object(canvas, places[index], unusual)
    radii = np.full((len(odd), 1), unusual['radius'])
    return Scene(picture, kind, np.hstack([places[odd], radii]))


def look(scene: Scene, rng: np.random.RandomState) -> List[Dict[str, np.ndarray]]:
    """Let simulated observers look at a scene.

    Parameters
    ----------
    scene : Scene
    rng : numpy.random.RandomState

    Returns
    -------
    list of dict
        iSUN's `gaze`: `location` and `fixation` as 1-based (x, y), n x 2,
        inside the picture, and `timestamp` in milliseconds, n x 1.
    """
    observers = []
    for _ in range(rng.randint(OBSERVERS[0], OBSERVERS[1] + 1)):
        count = rng.randint(FIXATIONS[0], FIXATIONS[1] + 1)
        location = _glances(scene, count, rng)
        times = np.cumsum(rng.uniform(*MILLISECONDS, size=count))
        observers.append(
            {
                'location': np.round(location + 1, 1),
                'timestamp': np.round(times - times[0])[:, None],
                'fixation': np.rint(location) + 1,
            }
        )
    return observers


def _glances(scene, count, rng):
    """count x 2 places, 0-based (x, y), inside the picture."""
    size = np.array(scene.picture.size, float)
    which = scene.odd[rng.randint(len(scene.odd), size=count)]
    noise = rng.randn(count, 2)
    on_odd = which[:, :2] + noise * which[:, 2:] * SCATTER
    on_centre = size / 2 + noise * size * CENTRE_SPREAD
    chosen = np.where(rng.rand(count, 1) < ON_ODD, on_odd, on_centre)
    return np.clip(chosen, 0, size - 1)


def _background(rng, height, width, hue):
    """A dull picture around one hue."""
    kind = BACKGROUNDS[rng.randint(len(BACKGROUNDS))]
    y, x = np.mgrid[:height, :width].astype('float32') / max(height, width)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    if kind == 'gradient':
        shade = (along - along.min()) / np.ptp(along)
    elif kind == 'grating':
        shade = 0.5 + 0.5 * np.sin(along * rng.uniform(30, 90))
    else:
        shade = _clouds(rng, height, width)
    dark, light = (
        np.array(_rgb(hue, rng.uniform(0.05, 0.3), value))
        for value in (rng.uniform(0.25, 0.4), rng.uniform(0.45, 0.65))
    )
    pixels = dark + shade[..., None] * (light - dark)
    grain = rng.randint(-6, 7, size=(height, width, 1))
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype('uint8'))


def _clouds(rng, height, width):
    """Smooth noise in [0, 1]: three octaves, each enlarged from a few dots."""
    total = np.zeros((height, width), 'float32')
    for octave in range(3):
        dots = rng.rand(3 << octave, 4 << octave).astype('float32')
        large = Image.fromarray(dots).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(large) / (1 << octave)
    return np.clip(total / 1.75, 0, 1)


def _places(rng, height, width):
    """Jittered grid: n x 2 centres (x, y) in the picture, and a radius."""
    rows = rng.randint(4, 6)
    step = height / rows
    columns = int(width / step)
    y, x = np.mgrid[:rows, :columns].reshape(2, -1) + 0.5
    places = np.column_stack([x * width / columns, y * step])
    places += rng.uniform(-0.15, 0.15, places.shape) * step
    return places, 0.25 * step


def _looks(rng, kind, hue, radius):
    """How the many and how the odd objects look."""
    usual = {
        'shape': ('disc', 'bar', 'square')[rng.randint(3)],
        'colour': _rgb(hue, 0.35, rng.uniform(0.6, 0.75)),
        'angle': rng.uniform(0, np.pi),
        'radius': radius,
    }
    odd = dict(usual)
    if kind in ('colour', 'lone'):
        odd['colour'] = _rgb(hue + rng.uniform(0.3, 0.7), 0.95, 1.0)
        odd['radius'] = radius * 1.3
    elif kind == 'orientation':
        usual['shape'] = odd['shape'] = 'bar'
        odd['angle'] += np.pi / 2
        # Orientation alone is too fine for a glance at this size; in
        # photographs, too, what pops out differs in more than one way.
        odd['colour'] = _rgb(hue + 0.5, 0.6, 1.0)
        odd['radius'] = radius * 1.4
    else:
        usual['radius'] = radius * 0.6
        odd['radius'] = radius * 1.7
        odd['colour'] = _rgb(hue, 0.15, 1.0)
    return usual, odd


def _object(canvas, place, look_of):
    """Draw one object; shapes are polygons around `place`."""
    radius = look_of['radius']
    if look_of['shape'] == 'disc':
        box = [tuple(place - radius), tuple(place + radius)]
        canvas.ellipse(box, fill=look_of['colour'])
        return
    slim = 0.35 if look_of['shape'] == 'bar' else 0.9
    corners = radius * np.array([(-1, -slim), (1, -slim), (1, slim), (-1, slim)])
    cos, sin = np.cos(look_of['angle']), np.sin(look_of['angle'])
    turned = corners.dot([[cos, sin], [-sin, cos]]) + place
    canvas.polygon([tuple(corner) for corner in turned], fill=look_of['colour'])


def _rgb(hue, saturation, value):
    """8-bit RGB of a colour; hue, saturation and value in [0, 1]."""
    return tuple(int(round(255 * part)) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))
