"""Videos: a map or an overlay for each frame, with its time and the sound.

FFmpeg, by PyAV (the extra ``[video]``), decodes and encodes. Frames go
through a model as pictures do, with memory that does not grow with the
length of the video; sound is copied packet by packet.

>>> source_of('0'), source_of('film.mp4')
(('/dev/video0', 'v4l2'), ('film.mp4', None))
"""

import collections
import contextlib
import itertools
import os
import sys
from typing import Any, NamedTuple, Optional, Tuple

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting, MissingDependency, MissingFile
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import map_files
from juntingnet_theano.saliency_maps.maps import quantise

CODECS = {
    '.mp4': 'libx264',
    '.mov': 'libx264',
    '.mkv': 'libx264',
    '.webm': 'libvpx-vp9',
    '.gif': 'gif',
    '.avi': 'mpeg4',
}
"""Extension -> the encoder of its pictures."""
SHOWN = ('overlay', 'map')
MOST_PIXELS = 1 << 25
"""Of a frame: 8K."""

_DOING = 'reading a video'
_DEMUXERS = 'mov,matroska,avi,gif,mpegts,mpeg,ogg,flv,asf,apng,webp_pipe,v4l2,avfoundation,dshow'
"""Containers that hold their own pictures; playlists lead elsewhere."""
_FRAMES = 4  # that go through the network at once: others wait beside them


class Made(NamedTuple):
    """What `write` made.

    Attributes
    ----------
    frames : int
    left_out : list of str
        Streams that were not copied, such as subtitles.
    """

    frames: int
    left_out: list


def source_of(source: str) -> Tuple[str, Optional[str]]:
    """What FFmpeg opens: a file, or a camera by its number.

    Parameters
    ----------
    source : str

    Returns
    -------
    (str, str or None)
        And its format, for a camera.
    """
    if not source.isdigit() or os.path.lexists(source):
        return source, None
    if sys.platform == 'darwin':
        return source, 'avfoundation'
    return f'/dev/video{source}', 'v4l2'


def write(
    model: Any,
    source: str,
    out: str,
    show: str = 'overlay',
    seconds: Optional[float] = None,
    **options: Any,
) -> Made:
    """Write a video of a model's maps.

    Parameters
    ----------
    model : models.Model or models.Baseline
    source : str
        A file, or the number of a camera.
    out : str
        File to write; its extension is one of `CODECS`.
    show : {'overlay', 'map'}
    seconds : float, optional
        Stop after so much of the video.
    **options
        Of ``model.predict_iter``.

    Returns
    -------
    Made

    Raises
    ------
    BadSetting
        For an unknown extension or `show`.
    MissingDependency
        Without PyAV.
    MissingFiles, BadFile
        There is no such video, or it is broken.
    KeyboardInterrupt
        What is there already is complete and can be played, as
        ``<out>.part.<extension>``; nothing has the name `out`.
    """
    extension = os.path.splitext(out)[1].lower()
    if extension not in CODECS:
        raise BadSetting('writing a video', out, 'a name that ends in ' + ' '.join(CODECS))
    if show not in SHOWN:
        raise BadSetting('writing a video', f'show={show!r}', ' or '.join(SHOWN))
    try:
        import av  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError as error:
        raise MissingDependency(
            _DOING, f'PyAV cannot be imported: {error}', None, 'pip install av'
        ) from None
    if os.path.exists(out) and os.path.exists(source) and os.path.samefile(out, source):
        raise BadSetting('writing a video', f'{out} is the video itself', 'another name')
    with atomic_path(out) as part, _opened(av, source) as video:
        try:
            with av.open(part, 'w') as target:
                work = _Work(av, source, video, target, CODECS[extension], show)
                return work.run(model, seconds, options)
        except KeyboardInterrupt:
            os.replace(part, part_name(out))
            raise
        except av.error.FFmpegError as error:
            raise _bad(source, error) from None


def part_name(out: str) -> str:
    """Where what was made before an interruption lies.

    >>> part_name('a/film.mp4')
    'a/film.part.mp4'
    """
    return '.part'.join(os.path.splitext(out))


@contextlib.contextmanager
def _opened(av, source):
    place, camera = source_of(source)
    with contextlib.ExitStack() as stack:
        if camera is None:
            # A file object: a name might be taken for an address.
            place = stack.enter_context(outside.opened(place, _DOING))
        elif camera == 'v4l2' and not os.path.exists(place):
            raise MissingFile(_DOING, f'there is no camera {place}')
        try:
            video = stack.enter_context(
                av.open(place, format=camera, options={'format_whitelist': _DEMUXERS})
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise _bad(source, error) from None
        if not video.streams.video:
            raise BadFile(_DOING, f'{source}: there are no pictures in it', 'a video')
        yield video


def _bad(source, error):
    return BadFile(
        _DOING,
        f'{source}: {getattr(error, "strerror", None) or error}',
        'a video that FFmpeg reads: mp4, mov, mkv, webm, avi, gif',
    )


class _Work:
    """One video on its way through a model."""

    def __init__(self, av, source, video, target, codec, show):
        self._av, self._source, self._video, self._target = av, source, video, target
        self._codec, self._show = codec, show
        self._pictures = video.streams.video[0]
        self._pictures.thread_type = 'AUTO'
        self._stream: Any = None  # once the first frame has told its size
        self._waiting, self._early = collections.deque(), []
        self._written, self._last = 0, None

    def run(self, model, seconds, options):
        self._sound = self._copies()
        packets = self._video.demux([self._pictures, *self._sound])
        first = next(self._frames(packets, seconds), None)
        if first is None:
            raise BadFile(_DOING, f'{self._source}: no frame can be read', 'a video')
        self._stream = self._encoder(first)
        for packet in self._early:  # all streams are there now
            self._target.mux(packet)
        frames = itertools.chain([first], self._frames(packets, seconds))
        views = getattr(getattr(model, 'post', None), 'views', 1)
        options.setdefault('batch_size', _FRAMES * (options.get('views') or views))
        maps = model.predict_iter(map(self._wait, frames), progress=False, **options)
        try:
            with contextlib.closing(maps):
                for found in progress(maps, 'predicting', 'frames', self._count(seconds)):
                    self._write(self._waiting.popleft(), found)
        finally:  # Ctrl-C too: what is there can be played
            self._target.mux(self._stream.encode())
        kept = {self._pictures.index, *(each.index for each in self._sound)}
        left_out = [
            f'{each.type} ({each.codec_context.name if each.codec_context else "unknown"})'
            for each in self._video.streams
            if each.index not in kept
        ]
        return Made(self._written, left_out)

    def _copies(self):
        """Streams of sound -> their copies, where the container takes them."""
        found = {}
        for each in self._video.streams.audio:
            # What a container does not take is left out, and said so.
            with contextlib.suppress(self._av.error.FFmpegError, ValueError):
                if each.codec_context.name in self._target.supported_codecs:
                    found[each] = self._target.add_stream_from_template(each)
        return found

    def _count(self, seconds):
        rate = self._pictures.average_rate
        if seconds is not None and rate:
            return None
        return self._pictures.frames or None

    def _frames(self, packets, seconds):
        for packet in packets:
            if packet.stream in self._sound:
                self._mux(packet, seconds)
                continue
            try:
                frames = packet.decode()
            except self._av.error.InvalidDataError as error:
                raise _bad(self._source, error) from None
            for frame in frames:
                if seconds is not None and frame.time is not None and frame.time >= seconds:
                    return
                if frame.width * frame.height > MOST_PIXELS:
                    raise BadFile(
                        _DOING,
                        f'{self._source}: a frame of {frame.width} x {frame.height} pixels',
                        f'at most {MOST_PIXELS // 10**6} million',
                    )
                yield frame

    def _mux(self, packet, seconds):
        if packet.dts is None:
            return
        timed = packet.pts is not None
        if timed and seconds is not None and float(packet.pts * packet.time_base) >= seconds:
            return
        packet.stream = self._sound[packet.stream]
        if self._stream is None:
            self._early.append(packet)
        else:
            self._target.mux(packet)

    def _encoder(self, first):
        height, width = _upright(first).shape[:2]
        rate = self._pictures.average_rate or self._pictures.guessed_rate or 25
        stream = self._target.add_stream(self._codec, rate=rate)
        stream.width, stream.height = width, height
        if self._codec == 'gif':
            stream.pix_fmt = 'rgb8'
        else:  # half as many colours need even sides
            stream.pix_fmt = 'yuv444p' if width % 2 or height % 2 else 'yuv420p'
        if self._codec == 'mpeg4':
            stream.pix_fmt = 'yuv420p'
        if self._pictures.time_base and self._codec != 'mpeg4':
            stream.codec_context.time_base = self._pictures.time_base
        if self._codec == 'libx264':
            stream.options = {'crf': '18', 'preset': 'veryfast'}
        return stream

    def _wait(self, frame):
        self._waiting.append(frame)
        return _upright(frame)

    def _write(self, frame, found):
        if self._show == 'overlay':
            shown = map_files.overlay(np.ascontiguousarray(_upright(frame)), found)
        else:
            shown = np.repeat(quantise(found, 8)[..., np.newaxis], 3, axis=2)
        made = self._av.VideoFrame.from_ndarray(shown, format='rgb24')
        # Some files have frames of one time, or of none, which no encoder takes.
        if self._last is not None and (frame.pts is None or frame.pts <= self._last):
            self._last += 1
        else:
            self._last = frame.pts or 0
        made.pts, made.time_base = self._last, frame.time_base
        self._target.mux(self._stream.encode(made))
        self._written += 1


def _upright(frame):
    """Pixels of a frame as players show it: telephones film on their side."""
    turn = int(getattr(frame, 'rotation', 0) or 0)
    return np.rot90(frame.to_ndarray(format='rgb24'), turn // 90)
