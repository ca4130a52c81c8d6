"""The tables of the engine's benchmarks, as text."""

import statistics

from harness import OURS


def table(rows):
    """Rows of strings, the first the heading, as a simple RST table."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = '  '.join('=' * width for width in widths)
    lines = [
        '  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    ]
    return '\n'.join([rule, lines[0], rule] + lines[1:] + [rule])


def report(result):
    """The tables, as text."""
    machine, load = result['machine'], result['load']
    lines = [
        '{}, {} cores, {} GB, {}; load {:.1f} at the start, {:.1f} at the end'.format(
            machine['processor'],
            machine['cores'],
            machine['memory_gb'],
            result['date'],
            load['start'][0],
            load['end'][0],
        )
    ]
    for head, found in result.get('speed', {}).items():
        lines += [
            '',
            '{} head, batch {}, {} rounds; in brackets how many times as fast {} is'.format(
                head, result['settings']['batch'], len(found['seconds']['train'][OURS]), OURS
            ),
            '',
            table(speed_rows(found['summary'], result['settings']['batch'])),
        ]
    if 'start' in result:
        lines += [
            '',
            table(
                [('first result of a process', 'cold, s', 'warm, s')]
                + [
                    (
                        what,
                        '{:.1f}'.format(each['cold']),
                        '{:.1f}'.format(statistics.median(each['warm'])),
                    )
                    for what, each in result['start'].items()
                ]
            ),
        ]
    if result.get('memory_mb'):
        lines += [
            '',
            table(
                [('training, {} images'.format(result['settings']['memory_images']), 'peak, GB')]
                + [(name, f'{each / 1000:.2f}') for name, each in result['memory_mb'].items()]
            ),
        ]
    lines += ['missing: {}: {}'.format(*each) for each in result['missing'].items()]
    return '\n'.join(lines)


def speed_rows(summary, batch):
    """Rows of the speed table; '-' where an engine has no such job."""
    rows = [('engine', 'training, img/s', 'prediction, img/s', 'one image, ms')]
    for name in summary['predict']:
        cells = [name]
        for job in ('train', 'predict', 'one'):
            found = summary[job].get(name)
            if found is None:
                cells.append('-')
                continue
            value = (
                '{:.1f}'.format(found['median'] * 1000)
                if job == 'one'
                else '{:.0f}'.format(batch / found['median'])
            )
            cells.append(value if name == OURS else '{} ({:.2f})'.format(value, found['ratio']))
        rows.append(tuple(cells))
    return rows
