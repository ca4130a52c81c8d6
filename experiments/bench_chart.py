"""The bar chart of bench_engine.py: one row a head, one column a job."""

from harness import OURS
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLUMNS = (
    ('train', 'training, images/s'),
    ('predict', 'prediction, images/s'),
    ('one', 'one image, ms'),
)
OWN, OTHER, INK = '#d1603d', '#9aa7ad', '#2b2b2b'


def draw(result, path):
    """Draw the medians of a result's part `speed`.

    Parameters
    ----------
    result : dict
        From `bench_engine.measure`.
    path : str
        PNG file.
    """
    heads = list(result['speed'])
    figure = Figure((11, 0.6 + 2.5 * len(heads)), layout='constrained')
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(heads), len(COLUMNS), squeeze=False)
    for head, line in zip(heads, grid):
        summary = result['speed'][head]['summary']
        names = list(summary['predict']) + list(result['missing'])
        for (job, title), axes in zip(COLUMNS, line):
            _bars(axes, names, summary[job], job, result['settings']['batch'], result['missing'])
            axes.set_title(f'{head} head: {title}', fontsize=10, color=INK)
        for axes in line[1:]:
            axes.set_yticklabels([])
    machine = result['machine']
    figure.suptitle(
        '{}, {} cores, {}'.format(machine['processor'], machine['cores'], result['date']),
        fontsize=9,
        color=INK,
    )
    figure.savefig(path, format='png', dpi=150)


def _bars(axes, names, summary, job, batch, missing):
    """One horizontal bar an engine, the first on top."""
    for place, name in enumerate(names):
        if name not in summary:
            axes.text(
                0,
                place,
                ' missing' if name in missing else ' does not train',
                va='center',
                fontsize=8,
                color=INK,
            )
            continue
        seconds = summary[name]['median']
        value = seconds * 1000 if job == 'one' else batch / seconds
        axes.barh(place, value, color=OWN if name == OURS else OTHER)
        axes.text(
            value,
            place,
            ' {:.{}f}'.format(value, int(job == 'one')),
            va='center',
            fontsize=8,
            color=INK,
        )
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.15)
    axes.tick_params(colors=INK, labelsize=8)
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)
