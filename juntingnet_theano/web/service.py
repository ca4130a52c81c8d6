"""What the service answers: routes, and requests to tasks and back.

>>> status_of(Busy('taking a picture', 'many'))
503
"""

import asyncio
import contextlib
import json
import os
from typing import Any, Callable, NamedTuple, Optional

from juntingnet_theano.baselines import BASELINES
from juntingnet_theano.errors import BadFile, BadSetting, Busy, JuntingNetError, did_you_mean
from juntingnet_theano.network import pretrained
from juntingnet_theano.pictures.images import MAX_PIXELS
from juntingnet_theano.prediction.models import list_models
from juntingnet_theano.settings.postprocessing import VIEWS
from juntingnet_theano.version import __version__
from juntingnet_theano.web import batching, forms, guard, predicting, uploads
from juntingnet_theano.web.counters import Counters

HERE = os.path.dirname(os.path.abspath(__file__))
STATIC = os.path.join(HERE, 'static')
PATHS = ('/', '/predict', '/score', '/gaze', '/models', '/health', '/metrics', '/openapi.json')
OPEN = ('/', '/static/', '/health', '/openapi.json')
"""Paths without a token: the page has to ask for it."""
LARGEST_SIDE = 1 << 16
QUICK = ('centre', 'chance')
"""Baselines that the network's process makes: every region is compared with the
centre, and another process would take seconds to start."""

_STATUS = (
    (uploads.TooManyBytes, 413),
    (predicting.TooLarge, 413),
    (uploads.TooSlow, 408),
    (batching.NotReady, 503),
    (Busy, 503),
    (batching.TookTooLong, 504),
    (batching.Killed, 500),
    (BadSetting, 400),
    (BadFile, 422),
)


def status_of(error: BaseException) -> Optional[int]:
    """The status of an error that a request led to; None where its text is
    not for others, as it may tell where things lie."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), None)


class Limits(NamedTuple):
    """What one request may take.

    Attributes
    ----------
    largest : int
        Bytes of a body.
    pixels : int
        Of a picture.
    seconds : float
        Of a prediction.
    waiting : int
        Requests that wait for the network.
    slowest : float
        Seconds that headers, and a body, may take to come.
    """

    largest: int = uploads.LARGEST
    pixels: int = MAX_PIXELS
    seconds: float = batching.LONGEST
    waiting: int = batching.WAITING
    slowest: float = uploads.SECONDS


DEFAULTS = Limits()


class Service:
    """What the routes call.

    Parameters
    ----------
    weights : str, optional
        What `models.load` opens as the default model.
    limits : Limits
    """

    def __init__(self, weights: Optional[str] = None, limits: Limits = DEFAULTS) -> None:
        self.limits = limits
        shipped = weights is None or weights in list_models()
        self.default = (weights or pretrained.DEFAULT) if shipped else _basename(weights)
        self.about = {name: text for name, text in list_models().items() if name != 'mean-map'}
        if not shipped:
            self.about[self.default] = 'JuntingNet, with weights chosen when this service started'
        self._sources = {} if weights is None or shipped else {self.default: weights}
        self.room, self.counters = uploads.Room(), Counters(PATHS)
        self._coming = 0
        self.network: Any = None  # processes, once `start` is called
        self.baselines: Any = None

    def start(self) -> None:
        """Start the processes. The network's warms up; that of the slow baselines
        starts when one is asked for."""
        options = {
            'waiting': self.limits.waiting,
            'longest': self.limits.seconds,
            'size': lambda task: len(task.picture),
        }
        predictor = predicting.Predictor(self._sources)
        blank = predicting.Task(predicting.blank(), self.default)
        self.network = batching.Batcher(
            predictor, 'network', blank, coming=lambda: self._coming, **options
        )
        # They look at one picture after the other: a batch would only share seconds.
        self.baselines = batching.Batcher(predictor, 'baselines', largest=1, **options)

    def close(self) -> None:
        """End the processes."""
        for each in (self.network, self.baselines):
            each.close()

    # --- answers ------------------------------------------------------------

    async def predict(self, request: Any) -> Any:
        """``POST /predict``: a picture to its map."""
        return await self._predicted(request, ('model', 'views', 'form', 'side'))

    async def score(self, request: Any) -> Any:
        """``POST /score``: a picture and its fixations to scores."""
        return await self._predicted(request, ('model', 'views'), form='scores')

    async def gaze(self, request: Any) -> Any:
        """``POST /gaze``: a file of gaze to what it tells of each picture."""
        from starlette.responses import Response

        async with self._received(request, ()) as (fields, _):
            content = fields.get('file', b'')
            if not content:
                raise BadFile('reading the request', 'no file', 'one, as the body or as file=')
            answer = await asyncio.wrap_future(
                self.baselines.submit(predicting.Task(content, '', form='gaze'))
            )
        return Response(answer.content, media_type=answer.kind)

    async def _predicted(self, request, known, form=None):
        from starlette.responses import Response

        self._coming += 1
        try:
            async with self._received(request, known) as (fields, options):
                task = self._task(fields, options, form)
                answer = await self._answer(task)
        finally:
            self._coming -= 1
        return Response(
            answer.content,
            media_type=answer.kind,
            headers={
                'x-model': task.model,
                'x-views': str(answer.views),
                'x-version': __version__,
                'x-size': '{1}x{0}'.format(*answer.size),
            },
        )

    @contextlib.asynccontextmanager
    async def _received(self, request, known):
        """Fields and options of a request, for as long as memory is kept for it."""
        with self.room.claim() as add:
            body = await uploads.read(request, add, self.limits.largest, self.limits.slowest)
            fields = forms.read_fields(request, body)
            del body
            yield fields, forms.read_options(request, fields, known)

    def _task(self, fields, options, form):
        doing = 'reading the request'
        model = options.get('model') or self.default
        if model not in self.about:
            raise BadSetting(doing, f'model={model:.60}', did_you_mean(model, self.about))
        form = form or options.get('form') or 'png'
        if form != 'scores' and form not in predicting.FORMS:
            raise BadSetting(doing, f'form={form:.60}', did_you_mean(form, predicting.FORMS))
        picture = fields.get('file', b'')
        if not picture:
            raise BadFile(doing, 'no picture', 'a file, as the body or as the field file of a form')
        return predicting.Task(
            picture,
            model,
            views=forms.whole_number(options, 'views', VIEWS),
            form=form,
            side=forms.whole_number(options, 'side', range(1, LARGEST_SIDE + 1)),
            fixations=fields.get('fixations', b''),
            others=fields.get('others', b''),
            most=self.limits.pixels,
        )

    async def _answer(self, task):
        slow = task.model in BASELINES and task.model not in QUICK
        batcher = self.baselines if slow else self.network
        return await asyncio.wrap_future(batcher.submit(task))

    async def models(self, request: Any) -> Any:
        """``GET /models``: what can be asked for."""
        from starlette.responses import JSONResponse

        warm = self.network.warm
        known = [
            {
                'name': name,
                'about': about,
                'kind': 'baseline' if name in BASELINES else 'network',
                'views': [1] if name in BASELINES else list(VIEWS),
            }
            for name, about in self.about.items()
        ]
        return JSONResponse(
            {
                'version': __version__,
                'default': self.default,
                'default_views': warm.views if self.network.ready.is_set() else None,
                'forms': list(predicting.FORMS),
                'limits': {
                    'bytes': self.limits.largest,
                    'pixels': self.limits.pixels,
                    'seconds': self.limits.seconds,
                },
                'models': known,
            }
        )

    async def health(self, request: Any) -> Any:
        """``GET /health``: 200 once the network answers."""
        from starlette.responses import JSONResponse

        ready = self.network.ready.is_set()
        return JSONResponse(
            {'status': 'ready' if ready else 'starting', 'version': __version__},
            200 if ready else 503,
            {} if ready else {'retry-after': '1'},
        )

    async def metrics(self, request: Any) -> Any:
        """``GET /metrics``, as Prometheus reads them."""
        from starlette.responses import Response

        network, baselines = self.network, self.baselines
        text = self.counters.text(
            {
                'waiting': (
                    'gauge',
                    'Requests that wait.',
                    network.waiting() + baselines.waiting(),
                ),
                'held_bytes': ('gauge', 'Bytes of bodies in memory.', self.room.held),
                'ready': ('gauge', '1 once the network answers.', int(network.ready.is_set())),
                'batches_total': ('counter', 'Batches through the network.', network.batches),
                'batched_total': ('counter', 'Pictures in these batches.', network.tasks),
                'restarts_total': (
                    'counter',
                    'Processes that were replaced.',
                    network.restarts + baselines.restarts,
                ),
            }
        )
        return Response(text, media_type='text/plain; version=0.0.4')

    async def openapi(self, request: Any) -> Any:
        """``GET /openapi.json``: this service, described."""
        from starlette.responses import JSONResponse

        with open(os.path.join(HERE, 'openapi.json'), encoding='utf-8') as file:
            described = json.load(file)
        described['info']['version'] = __version__
        return JSONResponse(described)


def application(
    service: Service, hosts: guard.Hosts, token: Optional[str] = None
) -> Callable[..., Any]:
    """The service as an ASGI application.

    Parameters
    ----------
    service : Service
    hosts : guard.Hosts
    token : str, optional

    Returns
    -------
    callable
    """
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.responses import FileResponse, Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def page(request):
        return FileResponse(
            os.path.join(STATIC, 'index.html'), headers={'cache-control': 'no-cache'}
        )

    async def told(request, error):
        status = status_of(error)
        headers = {'retry-after': '1'} if status == 503 else {}
        if status in (408, 413):
            headers['connection'] = 'close'  # what still comes is not read
        if status is None:
            guard.LOG.error('failed: %s', error)
            content = guard.error_body('answering', 'something failed here')
        else:
            # Hints with options are for the command line.
            hint = error.hint if '--' not in (error.hint or '') else None
            content = guard.error_body(error.doing, error.got, error.expected, hint)
        return Response(content, status or 500, headers, 'application/json')

    async def refused(request, error):
        content = guard.error_body('answering', error.detail)
        return Response(content, error.status_code, error.headers, 'application/json')

    class Static(StaticFiles):
        def file_response(self, *args, **kwargs):
            response = super().file_response(*args, **kwargs)
            response.headers['cache-control'] = 'no-cache'
            return response

    app = Starlette(
        routes=[
            Route('/', page),
            Route('/predict', service.predict, methods=['POST']),
            Route('/score', service.score, methods=['POST']),
            Route('/gaze', service.gaze, methods=['POST']),
            Route('/models', service.models),
            Route('/health', service.health),
            Route('/metrics', service.metrics),
            Route('/openapi.json', service.openapi),
            Mount('/static', Static(directory=STATIC)),
        ],
        exception_handlers={JuntingNetError: told, HTTPException: refused},
    )
    return guard.Guard(app, hosts, service.counters, token, OPEN)


def _basename(path):
    """The name under which a user's weights file is offered; its folder stays private."""
    name = os.path.splitext(os.path.basename(os.path.abspath(path)))[0]
    return ''.join(each if each.isascii() and each.isalnum() else '-' for each in name) or 'own'
