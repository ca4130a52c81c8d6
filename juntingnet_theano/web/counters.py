"""Numbers of a running service, in the text that Prometheus reads.

>>> counters = Counters(['/predict'])
>>> counters.count('/predict', 200, 0.03)
>>> print(counters.text({}).splitlines()[2])
juntingnet_requests_total{path="/predict",status="200"} 1
"""

import bisect
import collections
from typing import Any, Iterable, Mapping

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds, of the histogram."""


class Counters:
    """What has been answered so far.

    Parameters
    ----------
    paths : iterable of str
        That are counted by name; all others are ``other``, so that nobody
        can make the text long.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._requests = collections.Counter()
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests[path if path in self._paths else 'other', status] += 1
        if path == '/predict':
            self._buckets[bisect.bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds

    def text(self, gauges: Mapping[str, Any]) -> str:
        """All numbers.

        Parameters
        ----------
        gauges : dict of str to (str, str, number)
            Name -> kind (``'gauge'`` or ``'counter'``), what it is, value.

        Returns
        -------
        str
        """
        lines = [
            '# HELP juntingnet_requests_total Answers by path and status.',
            '# TYPE juntingnet_requests_total counter',
        ]
        for (path, status), count in sorted(self._requests.items()):
            lines.append(f'juntingnet_requests_total{{path="{path}",status="{status}"}} {count}')
        lines += [
            '# HELP juntingnet_predict_seconds How long /predict took.',
            '# TYPE juntingnet_predict_seconds histogram',
        ]
        total = 0
        for bound, count in zip([*BOUNDS, '+Inf'], self._buckets):
            total += count
            lines.append(f'juntingnet_predict_seconds_bucket{{le="{bound}"}} {total}')
        lines += [
            f'juntingnet_predict_seconds_sum {self._seconds:.6f}',
            f'juntingnet_predict_seconds_count {total}',
        ]
        for name, (kind, about, value) in gauges.items():
            lines += [
                f'# HELP juntingnet_{name} {about}',
                f'# TYPE juntingnet_{name} {kind}',
                f'juntingnet_{name} {value}',
            ]
        return '\n'.join(lines) + '\n'
