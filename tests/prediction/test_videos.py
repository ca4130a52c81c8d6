"""A video of maps has the frames, size, times and sound of its source."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises

import juntingnet_theano as jn
from juntingnet_theano.cli.main import main
from juntingnet_theano.errors import BadFile, BadSetting, MissingDependency, MissingFile
from juntingnet_theano.prediction import videos
from tests.helpers import processes
from tests.helpers.output import said
from tests.helpers.pages import examples

FRAMES, SIZE = 12, (48, 64)
SPOTS = [(8 + 4 * (index % 12), 20) for index in range(FRAMES)]


def av():
    try:
        import av as found
    except ImportError as error:
        raise unittest.SkipTest(f"pip install '.[video]': {error}") from None
    return found


def film(path, frames=FRAMES, size=SIZE, codec='libx264', rate=10, sound=False, times=None):
    """A white disc that goes to the right on grey, with a tone."""
    with av().open(path, 'w') as target:
        stream = target.add_stream(codec, rate=rate)
        stream.width, stream.height = size[::-1]
        stream.pix_fmt = {'gif': 'rgb8'}.get(codec, 'yuv420p' if size[1] % 2 == 0 else 'yuv444p')
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        tone = target.add_stream('aac', rate=8000, layout='mono') if sound else None
        y, x = np.mgrid[: size[0], : size[1]]
        for index in range(frames):
            column, row = 8 + 4 * (index % 12), 20
            picture = np.full(size + (3,), 100, 'uint8')
            picture[(x - column) ** 2 + (y - row) ** 2 < 25] = 255
            frame = av().VideoFrame.from_ndarray(picture)
            if times is not None:
                frame.pts, frame.time_base = times[index], Fraction(1, 1000)
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
        if sound:
            samples = np.sin(np.arange(8000 * frames // rate) / 5.0).astype('float32')[np.newaxis]
            heard = av().AudioFrame.from_ndarray(samples, format='flt', layout='mono')
            heard.sample_rate = 8000
            target.mux(tone.encode(heard))
            target.mux(tone.encode())
    return path


def seen(path):
    """Frames and their times."""
    with av().open(path) as video:
        found = [
            (frame.to_ndarray(format='rgb24'), float(frame.time)) for frame in video.decode(video=0)
        ]
    return [frame for frame, _ in found], [round(time, 4) for _, time in found]


def packets(path):
    """Bytes and times of the sound."""
    with av().open(path) as video:
        return [
            (bytes(each), float(each.pts * each.time_base))
            for each in video.demux(video.streams.audio)
            if each.dts is not None
        ]


def test_frames_size_times_and_sound_are_those_of_the_source():
    with tempfile.TemporaryDirectory() as folder:
        source = film(os.path.join(folder, 'in.mp4'), sound=True)
        out = os.path.join(folder, 'out.mp4')
        code, text = said(lambda: main(['video', source, '--out', out, '--model', 'centre']))
        assert_equal(code, 0)
        assert_in(f'{FRAMES} frames', text)
        (frames, times), (made, when) = seen(source), seen(out)
        assert_equal((len(made), made[0].shape), (len(frames), frames[0].shape))
        assert_equal(when, times)
        assert_equal(packets(out), packets(source))
        assert_equal(sorted(os.listdir(folder)), ['in.mp4', 'out.mp4'])


def test_the_maps_are_the_models_own():
    with tempfile.TemporaryDirectory() as folder:
        source = film(os.path.join(folder, 'in.mkv'))
        out = os.path.join(folder, 'out.mkv')
        model = jn.load(views=1)
        videos.write(model, source, out, 'map')
        for frame, shown in zip(seen(source)[0], seen(out)[0]):
            expected = 255 * model.predict(frame)
            assert_less(abs(expected - shown[..., 0]).mean(), 4)


def test_odd_sides_and_uneven_times():
    with tempfile.TemporaryDirectory() as folder:
        times = [0, 100, 130, 500, 520, 900]
        source = film(os.path.join(folder, 'in.mkv'), 6, (47, 63), times=times)
        out = os.path.join(folder, 'out.mp4')
        videos.write(jn.load('centre'), source, out)
        (_, times), (made, when) = seen(source), seen(out)
        assert_equal(made[0].shape, (47, 63, 3))
        np.testing.assert_allclose(when, times, atol=0.002)


def test_gifs_go_in_and_come_out():
    with tempfile.TemporaryDirectory() as folder:
        source = film(os.path.join(folder, 'in.gif'), codec='gif')
        for name in ('out.gif', 'out.webm'):
            out = os.path.join(folder, name)
            videos.write(jn.load('centre'), source, out)
            (_, times), (made, when) = seen(source), seen(out)
            assert_equal((len(made), made[0].shape), (FRAMES, SIZE + (3,)))
            np.testing.assert_allclose(when, times, atol=0.011)


def test_seconds_end_it():
    with tempfile.TemporaryDirectory() as folder:
        source = film(os.path.join(folder, 'in.mp4'), sound=True)
        out = os.path.join(folder, 'out.mp4')
        made = videos.write(jn.load('centre'), source, out, seconds=0.5)
        assert_equal((made.frames, len(seen(out)[0])), (5, 5))


def test_what_is_no_video_is_refused_and_nothing_written():
    av()
    model = jn.load('centre')
    with tempfile.TemporaryDirectory() as folder:
        source, out = (os.path.join(folder, name) for name in ('in.mp4', 'out.mp4'))
        with open(source, 'wb') as file:
            file.write(b'#EXTM3U\nhttp://127.0.0.1:9/a.ts\n')
        assert_raises(BadFile, videos.write, model, source, out)
        film(source)
        with open(source, 'r+b') as file:
            file.truncate(os.path.getsize(source) // 2)
        assert_raises(BadFile, videos.write, model, source, out)
        film(source)
        assert_raises(BadSetting, videos.write, model, source, source)
        assert_raises(BadSetting, videos.write, model, source, out + '.txt')
        assert_raises(BadSetting, videos.write, model, source, out, 'heat')
        assert_raises(MissingFile, videos.write, model, source + '4', out)
        assert_raises(MissingFile, videos.write, model, '97', out)
        assert_raises(MissingFile, videos.write, model, 'http://127.0.0.1:9/a.mp4', out)
        assert_equal(main(['video', source, '--out', out, '--model', 'centre', '--views', '2']), 2)
        assert_equal(os.listdir(folder), ['in.mp4'])


SLOW = """
import sys, time
from juntingnet_theano.baselines import centre
from juntingnet_theano.cli import main

def slowly(picture, before=centre.saliency):
    print('ready', flush=True)
    time.sleep(0.02)
    return before(picture)

centre.saliency = slowly
if __name__ == '__main__':
    sys.exit(main.command())
"""


def test_ctrl_c_leaves_what_can_be_played_under_another_name():
    with tempfile.TemporaryDirectory() as folder:
        source = film(os.path.join(folder, 'in.mp4'), 2000)
        program, out = (os.path.join(folder, name) for name in ('program.py', 'out.mp4'))
        with open(program, 'w') as file:
            file.write(SLOW)
        command = [sys.executable, program, 'video', source, '--out', out, '--model', 'centre']
        running = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(60):  # some frames are written by then
            running.stdout.readline()
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=60)
        assert_equal(running.returncode, 130, errors)
        assert_in('can be played', output.decode())
        assert_equal(sorted(os.listdir(folder)), ['in.mp4', 'out.part.mp4', 'program.py'])
        made = seen(os.path.join(folder, 'out.part.mp4'))[0]
        assert_less(10, len(made))
        assert_less(len(made), 2000)


def test_without_the_extra_the_next_command_is_named():
    before = sys.modules.get('av')
    sys.modules['av'] = None
    try:
        with assert_raises(MissingDependency) as caught:
            videos.write(jn.load('centre'), 'in.mp4', 'out.mp4')
    finally:
        del sys.modules['av']
        if before is not None:
            sys.modules['av'] = before
    assert_in('pip install av', str(caught.exception))


def test_the_example_of_the_docs_runs():
    (example,) = examples('video.rst')
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        film(os.path.join(folder, 'in.mp4'))
        os.chdir(folder)
        try:
            exec(compile(example, 'docs/video.rst', 'exec'), {})
        finally:
            os.chdir(before)
        assert_equal(sorted(os.listdir(folder)), ['in.mp4', 'out.mp4'])
