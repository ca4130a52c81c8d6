"""Figures: data sets (the paper's figure 1), the network (2), learning curves
(3 and 4), panels (5).

The only module that uses matplotlib. It imports it when a figure is drawn, so
that commands that draw nothing start at once.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'curves.png')
>>> draw_learning_curve([{'epoch': 1, 'training_loss': .03,
...                  'validation_loss': .04}], path)
>>> os.path.exists(path)
True
"""

from typing import Any, Dict, Iterable, Optional, Sequence, Tuple

import numpy as np

from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.saliency_maps.map_files import import_matplotlib

DPI = 150
LOG_FROM = 4.0
"""Largest to smallest loss from which on the axis is logarithmic: the first
epochs would press the rest of a long run into a line along the bottom."""

INK, FAINT = '#2b2b2b', '#d9d9d9'
TRAINING, VALIDATION, BASELINE = '#1f6f8b', '#d1603d', '#7a7a7a'
SLANT = 0.35
"""Of figure 2's volumes: how far their depth goes to the right and up."""
TITLES = ('Stimulus', 'Prediction', 'Ground truth')


def draw_learning_curve(
    rows: Sequence[Dict[str, float]],
    path: str,
    baseline: Optional[float] = None,
    loss: str = 'mean squared error',
) -> None:
    """Training and validation loss by epoch, as in figures 3 and 4.

    Parameters
    ----------
    rows : sequence of dict
        One an epoch with `epoch`, `training_loss` and `validation_loss`
        (losses); more keys are left alone.
    path : str
        PNG file to write.
    baseline : float, optional
        Validation loss of predicting the mean training map for every image.
        A curve that stays on this line has learned where people look on
        average and nothing about the image.
    loss : str
        Name of what the losses are.
    """
    figure, axes = _figure((7.0, 4.3))
    epochs = [row['epoch'] for row in rows]
    marker = 'o' if len(rows) == 1 else None
    for key, colour, label in (
        ('training_loss', TRAINING, 'training'),
        ('validation_loss', VALIDATION, 'validation'),
    ):
        axes.plot(
            epochs,
            [row[key] for row in rows],
            color=colour,
            lw=1.6,
            marker=marker,
            ms=4,
            label=label,
            zorder=3,
        )
    if baseline is not None:
        axes.axhline(
            baseline, color=BASELINE, lw=1.2, ls=(0, (5, 3)), label='mean training map', zorder=2
        )
    _loss_axis(axes, rows, baseline)
    axes.set_xlabel('epoch')
    axes.set_ylabel(loss)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(x=0.02)
    axes.legend(
        frameon=False,
        labelcolor=INK,
        fontsize=9,
        ncol=3,
        loc='lower right',
        bbox_to_anchor=(1, 1),
        borderaxespad=0.2,
    )
    _save(figure, path)


def _loss_axis(axes, rows, baseline):
    """Logarithmic where the losses span much, with readable numbers."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    losses = [row[key] for row in rows for key in ('training_loss', 'validation_loss')]
    losses = np.array(losses + ([] if baseline is None else [baseline]))
    losses = losses[np.isfinite(losses)]
    if losses.size and losses.min() > 0 and (losses.max() > LOG_FROM * losses.min()):
        axes.set_yscale('log')
        if losses.max() < 10 * losses.min():
            axes.yaxis.set_minor_formatter(ScalarFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.tick_params(which='both', colors=INK, labelsize=9)
    axes.grid(True, axis='y', which='both', color=FAINT, lw=0.7)


def draw_panel(
    rows: Iterable[Tuple[np.ndarray, Optional[np.ndarray], np.ndarray]], path: str
) -> None:
    """Stimuli, predictions and ground truths side by side, as in figure 5.

    Parameters
    ----------
    rows : iterable of (image, truth, prediction)
        uint8 H x W x 3; float H x W in [0, 1] or None where it is withheld;
        float H x W in [0, 1].
    path : str
        PNG file to write.
    """
    pictures = [(image, prediction, truth) for image, truth, prediction in rows]
    columns = 3 if any(truth is not None for _, _, truth in pictures) else 2
    draw_side_by_side([row[:columns] for row in pictures], TITLES[:columns], path)


def draw_side_by_side(
    rows: Sequence[Sequence[Optional[np.ndarray]]],
    titles: Sequence[str],
    path: str,
    width: float = 2.3,
) -> None:
    """Stimuli, each with several maps on its right.

    Parameters
    ----------
    rows : list of sequences
        A uint8 image, H x W x 3, then maps, float H x W in [0, 1], or None
        for one that is withheld. Maps are drawn from black to white over
        their own range; sizes may differ from row to row.
    titles : sequence of str
        One per column.
    path : str
        PNG file to write.
    width : float
        Inches of a column.
    """
    _save(draw_grid(rows, titles, width), path)


def draw_grid(rows: Sequence[Sequence[Any]], titles: Sequence[str], width: float = 2.3) -> Any:
    """As `draw_side_by_side`, a figure of matplotlib instead of a file."""
    heights = [width * row[0].shape[0] / row[0].shape[1] for row in rows]
    figure, axes = _figure(
        (width * len(titles) + 0.25, sum(heights) + 0.06 * len(rows) + 0.4),
        len(rows),
        len(titles),
        squeeze=False,
        gridspec_kw={'height_ratios': heights},
    )
    for line, row in zip(axes, rows):
        for cell, picture in zip(line, row):
            _picture(cell, picture, row[0].shape[:2])
    for cell, title in zip(axes[0], titles):
        cell.set_title(title, fontsize=10, color=INK, pad=5)
    return figure


def draw_pairs(
    columns: Sequence[Tuple[str, Sequence[Tuple[np.ndarray, np.ndarray]]]], path: str
) -> None:
    """Saliency maps beside their images, as in figure 1.

    Parameters
    ----------
    columns : sequence of (str, list of (map, image))
        Title of a data set, and pairs of a float H x W map in [0, 1] and a
        uint8 H x W x 3 image: a row each.
    path : str
        PNG file to write.
    """
    width, rows = 2.0, max(len(row) for _, row in columns)
    heights = [
        max(
            width * row[line][1].shape[0] / row[line][1].shape[1]
            for _, row in columns
            if line < len(row)
        )
        for line in range(rows)
    ]
    figure, axes = _figure(
        (2 * width * len(columns) + 0.2, sum(heights) + 0.06 * rows + 0.3),
        rows,
        2 * len(columns),
        squeeze=False,
        gridspec_kw={'height_ratios': heights},
    )
    for cell in axes.ravel():
        cell.set_axis_off()
    for place, (title, row) in enumerate(columns):
        axes[0, 2 * place].set_title(title, fontsize=10, color=INK, loc='left')
        for line, (saliency_map, image) in zip(axes, row):
            for cell, picture in zip(line[2 * place :], (saliency_map, image)):
                _picture(cell, picture, image.shape[:2])
    _save(figure, path)


def draw_network(volumes: Sequence[Tuple[Tuple[int, ...], str]], path: str) -> None:
    """What flows through a network, as in figure 2: volumes and vectors.

    Parameters
    ----------
    volumes : sequence of (shape, str)
        Channels, height and width, or units alone; and how it was made of the
        one before.
    path : str
        PNG file to write.
    """
    figure, axes = _figure((11.0, 3.6))
    left, end = 0.0, 0.0
    for shape, made in volumes:
        solid = len(shape) == 3
        depth, side = (
            (4 * np.log2(1 + shape[0]), shape[1]) if solid else (5, 10 * np.log2(shape[0]))
        )
        if made:
            arrow = {'arrowstyle': '->', 'color': BASELINE}
            axes.annotate('', (left - 2, 0), (end + 2, 0), arrowprops=arrow)
            axes.text((end + left) / 2, -72, made, ha='center', va='top', fontsize=7.5, color=INK)
        slant = SLANT * side * solid
        _cuboid(axes, left, depth, side, slant)
        end = left + depth + slant
        size = 'x'.join(str(each) for each in shape[1:] + shape[:1])
        axes.text(
            (left + end) / 2, (side + slant) / 2 + 6, size, ha='center', fontsize=9, color=INK
        )
        left = end + 46
    axes.set(xlim=(-4, end + 4), ylim=(-100, 85), aspect='equal')
    axes.set_axis_off()
    _save(figure, path)


def _cuboid(axes, left, depth, side, slant):
    """A volume seen from the left, or a bar where it has no slant."""
    right, low = left + depth, -(side + slant) / 2
    high = low + side
    far, bottom, top = right + slant, low + slant, high + slant
    for face, colour in (
        ([(left, low), (right, low), (right, high), (left, high)], '#f4f4f4'),
        ([(left, high), (right, high), (far, top), (left + slant, top)], '#e4eef1'),
        ([(right, low), (right, high), (far, top), (far, bottom)], '#c3dbe2'),
    ):
        axes.fill(*zip(*face), facecolor=colour, edgecolor=TRAINING, lw=0.9, zorder=2)


def _picture(axes, picture, shape):
    """One cell: an image, a map, or a note that there is none."""
    height, width = shape
    axes.set(xticks=[], yticks=[], xlim=(0, width), ylim=(height, 0), aspect='equal')
    for side in axes.spines.values():
        side.set_visible(False)
    if picture is None:
        axes.text(
            0.5,
            0.5,
            'withheld',
            color=BASELINE,
            fontsize=9,
            ha='center',
            va='center',
            transform=axes.transAxes,
        )
        return
    axes.imshow(picture, cmap='gray', extent=(0, width, height, 0), interpolation='bicubic')


def _figure(size, *grid, **layout):
    """A figure that belongs to no window and no global state.

    Its axes fill a `grid` of rows and columns without gaps, where there is one.
    """
    import_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    pads = {'w_pad': 0.03, 'h_pad': 0.03, 'wspace': 0, 'hspace': 0} if grid else {}
    figure = Figure(size, dpi=DPI, layout=ConstrainedLayoutEngine(**pads), facecolor='white')
    FigureCanvasAgg(figure)
    axes = figure.subplots(*grid, **layout)
    for cell in np.ravel(axes):
        for side in ('top', 'right'):
            cell.spines[side].set_visible(False)
        for side in ('left', 'bottom'):
            cell.spines[side].set_color(BASELINE)
        cell.tick_params(colors=INK, labelsize=9)
        cell.xaxis.label.set_color(INK)
        cell.yaxis.label.set_color(INK)
    return figure, axes


def _save(figure, path):
    with atomic_path(path) as part:
        figure.savefig(part, format='png', dpi=DPI)
