"""The curves of plateau.py: a small panel a row, one line a seed."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLUMNS = 4
CURVE, BASELINE, INK = '#d1603d', '#7a7a7a', '#2b2b2b'
TOP = 1.32  # times the mean map's error: the first epoch of the worst


def draw(results, left, path):
    """Draw the validation errors by the sum of rates over minibatches.

    Parameters
    ----------
    results : list of list of dict
        Of each row what its seeds gave, as plateau.py writes it, with the
        sums up to each epoch as ``rates``.
    left : float
        Share of the mean map's error below it that counts as having left.
    path : str
        PNG file.
    """
    lines = -(-len(results) // COLUMNS)
    figure = Figure((11, 0.4 + 1.75 * lines), layout='constrained')
    FigureCanvasAgg(figure)
    grid = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
    for axes, seeds in zip(grid, results):
        if 'loss=correlation' in seeds[0]['changes']:
            _correlations(axes, seeds)
        else:
            _errors(axes, seeds, left)
        axes.set_title(seeds[0]['title'], fontsize=8.5, color=INK)
        axes.tick_params(colors=INK, labelsize=8)
        axes.set_xlim(left=0)
        for side in ('top', 'right'):
            axes.spines[side].set_visible(False)
    for axes in grid[len(results) :]:
        axes.set_axis_off()
    figure.suptitle(
        "Validation error as a multiple of the mean map's (dashed), by the sum of rates over "
        'minibatches;\nbelow the dotted line the plateau has been left. Where correlation is '
        'the loss, it is the training correlation that is drawn.',
        fontsize=9,
        color=INK,
    )
    figure.savefig(path, format='png', dpi=150)


def _errors(axes, seeds, left):
    for found in seeds:
        ratios = [error / found['mean_map'] for error in found['errors']]
        axes.plot(found['rates'], ratios, color=CURVE, lw=1.3)
    axes.axhline(1, color=BASELINE, lw=1, ls=(0, (5, 3)))
    axes.axhline(1 - left, color=BASELINE, lw=1, ls=':')
    axes.set_ylim(0.95, TOP)


def _correlations(axes, seeds):
    for found in seeds:
        values = [1 - loss for loss in found['training']]
        axes.plot(found['rates'], values, color=CURVE, lw=1.3)
    axes.set_ylim(0.4, 0.65)
