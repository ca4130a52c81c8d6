"""Every kind of image file comes out as what a person sees."""

import io
import os
import struct
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_less,
    assert_less_equal,
    assert_raises,
    assert_true,
)
from PIL import Image, features

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.pictures import images
from juntingnet_theano.saliency_maps import maps

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def saved(image, extension='.png', **options):
    path = os.path.join(tempfile.mkdtemp(), 'a' + extension)
    image.save(path, **options)
    return path


def photograph(width=640, height=480, seed=0):
    """Smooth shapes, edges and grain, as a camera would give them."""
    rng = np.random.RandomState(seed)
    dots = rng.randint(0, 256, (12, 16, 3)).astype('uint8')
    pixels = np.array(Image.fromarray(dots).resize((width, height), Image.BICUBIC)).astype(int)
    pixels[100:200, 300:400] = rng.randint(0, 256, 3)
    pixels += rng.randint(-8, 9, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype('uint8'))


def png(width, height, depth, colour, rows, *chunks):
    """A PNG file by hand: Pillow does not write all that it reads."""

    def chunk(kind, body):
        return (
            struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        )

    head = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, 0)
    path = os.path.join(tempfile.mkdtemp(), 'a.png')
    with open(path, 'wb') as file:
        file.write(
            b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', head)
            + b''.join(chunk(*each) for each in chunks)
            + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + row for row in rows)))
            + chunk(b'IEND', b'')
        )
    return path


def refusal(path, *arguments):
    with assert_raises(BadFile) as raised:
        images.read_rgb(path, *arguments)
    assert_in(str(path), str(raised.exception))
    return str(raised.exception)


def test_rgb_is_returned_as_it_is():
    pixels = np.random.RandomState(0).randint(0, 256, (5, 7, 3), 'uint8')
    found = images.read_rgb(saved(Image.fromarray(pixels)))
    assert_equal(found.dtype, np.dtype('uint8'))
    assert_equal(found.tolist(), pixels.tolist())


def test_grey_is_repeated_in_three_channels():
    grey = np.array([[0, 100], [200, 255]], 'uint8')
    found = images.read_rgb(saved(Image.fromarray(grey)))
    for channel in range(3):
        assert_equal(found[:, :, channel].tolist(), grey.tolist())


def test_one_bit_becomes_black_and_white():
    bits = Image.fromarray(np.array([[0, 255, 0]], 'uint8')).convert('1')
    assert_equal(images.read_rgb(saved(bits))[0, :, 0].tolist(), [0, 255, 0])


def test_transparency_shows_white():
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 128]]], 'uint8')
    found = images.read_rgb(saved(Image.fromarray(pixels)))
    assert_equal(found[0, :2].tolist(), [[10, 20, 30], [255, 255, 255]])
    assert_less_equal(abs(int(found[0, 2, 0]) - 127), 1)


def test_grey_with_alpha_shows_white_too():
    pixels = np.array([[[10, 255], [10, 0]]], 'uint8')
    found = images.read_rgb(saved(Image.fromarray(pixels)))
    assert_equal(found[0].tolist(), [[10] * 3, [255] * 3])


def test_palette_is_looked_up():
    image = Image.new('P', (2, 1))
    image.putpalette(list(RED + GREEN) + [0] * 762)
    image.putdata([1, 0])
    assert_equal(images.read_rgb(saved(image))[0].tolist(), [list(GREEN), list(RED)])
    assert_equal(images.read_rgb(saved(image, '.gif'))[0].tolist(), [list(GREEN), list(RED)])


def test_transparent_colour_of_a_palette_shows_white():
    image = Image.new('P', (2, 1))
    image.putpalette(list(RED + GREEN) + [0] * 762)
    image.putdata([1, 0])
    path = saved(image, transparency=0)
    assert_equal(images.read_rgb(path)[0].tolist(), [list(GREEN), [255, 255, 255]])


def test_transparent_colour_of_rgb_shows_white():
    image = Image.new('RGB', (2, 1), BLUE)
    image.putpixel((0, 0), RED)
    path = saved(image, transparency=RED)
    assert_equal(images.read_rgb(path)[0].tolist(), [[255, 255, 255], list(BLUE)])


def test_sixteen_bit_grey_is_scaled_and_not_clipped():
    values = np.array([[0, 257, 32768, 65535]])
    path = png(4, 1, 16, 0, [values.astype('>u2').tobytes()])
    assert_equal(images.read_rgb(path)[0, :, 1].tolist(), [0, 1, 128, 255])


def test_sixteen_bit_rgb_is_scaled_and_not_clipped():
    values = np.array([[65535, 0, 32896]])
    path = png(1, 1, 16, 2, [values.astype('>u2').tobytes()])
    assert_equal(images.read_rgb(path)[0, 0].tolist(), [255, 0, 128])


def test_sixteen_bit_tiff_is_scaled_and_not_clipped():
    values = np.array([[0, 257, 65535]], 'uint16')
    path = saved(Image.fromarray(values), '.tif')
    assert_equal(images.read_rgb(path)[0, :, 0].tolist(), [0, 1, 255])


def test_floating_point_pixels_are_refused_with_the_reason():
    path = saved(Image.fromarray(np.zeros((2, 2), 'float32')), '.tif')
    assert_in('floating-point', refusal(path))


def test_cmyk_jpeg_has_the_right_colours():
    # Pillow writes CMYK JPEGs inverted, with Adobe's marker, as Photoshop
    # does.
    inks = Image.new('CMYK', (32, 32), (0, 255, 255, 0))
    found = images.read_rgb(saved(inks, '.jpg', quality=95))
    assert_less(np.abs(found.astype(int) - RED).max(), 8)


def test_exif_orientation_is_applied():
    # Where the stored top left corner is seen, for orientations 1 to 8.
    seen = {
        1: (0, 0),
        2: (0, -1),
        3: (-1, -1),
        4: (-1, 0),
        5: (0, 0),
        6: (0, -1),
        7: (-1, -1),
        8: (-1, 0),
    }
    for orientation, corner in seen.items():
        image = Image.new('RGB', (64, 32), 'black')
        image.paste(RED, (0, 0, 16, 16))
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = saved(image, '.jpg', exif=exif, quality=95)
        found = images.read_rgb(path)
        upright = (32, 64) if orientation < 5 else (64, 32)
        assert_equal(found.shape[:2], upright)
        assert_equal(images.image_size(path), upright)
        assert_less(np.abs(found[corner].astype(int) - RED).max(), 16, f'orientation {orientation}')


def test_a_tiff_is_turned_once():
    for orientation in range(1, 9):
        image = Image.new('RGB', (64, 32), 'black')
        path = saved(image, '.tif', tiffinfo={0x0112: orientation})
        upright = (32, 64) if orientation < 5 else (64, 32)
        pixels, size = images.read_with_size(path)
        assert_equal((pixels.shape[:2], size, images.image_size(path)), (upright,) * 3)


def test_broken_exif_leaves_the_image_as_it_is_stored():
    path = saved(Image.new('RGB', (8, 4), RED), '.jpg', exif=b'Exif\0\0MM\0*\xff\xff\xff\xff')
    assert_equal(images.read_rgb(path).shape, (4, 8, 3))


def test_first_frame_of_an_animation_is_read():
    frames = [Image.new('RGB', (4, 4), colour) for colour in (RED, BLUE)]
    path = saved(frames[0], '.gif', save_all=True, append_images=frames[1:])
    assert_equal(images.read_rgb(path)[0, 0].tolist(), list(RED))


def test_scaled_decoding_hardly_changes_the_square():
    path = saved(photograph(), '.jpg', quality=90)
    assert_equal(images.read_rgb(path, 96).shape, (240, 320, 3))
    quick, slow = (
        images.fit(images.read_rgb(path, shrink), 96).astype(int) for shrink in (96, None)
    )
    difference = np.abs(quick - slow)
    assert_less(difference.mean(), 0.75)
    assert_less_equal(np.percentile(difference, 99), 4)


def test_scaled_decoding_keeps_both_sides_at_twice_the_square():
    for size in ((640, 200), (200, 640), (1600, 1200), (100, 100)):
        path = saved(photograph(*size), '.jpg')
        height, width = images.read_rgb(path, 96).shape[:2]
        assert_less_equal(min(192, *size), min(height, width))


def test_decode_tells_the_original_size_whatever_the_scale():
    path = saved(photograph(), '.jpg')
    with open(path, 'rb') as file:
        pixels, size = images.decode(file, path, 96)
    assert_equal((pixels.shape[:2], size), ((240, 320), (480, 640)))


def test_read_with_size_gives_scaled_pixels_and_the_original_size():
    path = saved(photograph(), '.jpg')
    pixels, size = images.read_with_size(path, 96)
    assert_equal(size, images.image_size(path))
    assert_equal(pixels.tolist(), images.read_rgb(path, 96).tolist())


def test_squash_shows_the_whole_scene_and_crop_its_middle():
    image = np.zeros((10, 30, 3), 'uint8')
    image[:, :10] = RED
    image[:, 20:] = BLUE
    squashed = images.fit(image, 9, 'squash', 'box')
    assert_equal(squashed.shape, (9, 9, 3))
    assert_equal(squashed[4, 0].tolist(), list(RED))
    assert_equal(squashed[4, 8].tolist(), list(BLUE))
    assert_equal(images.fit(image, 9, 'crop', 'box').max(), 0)


def test_fit_averages_with_the_box_filter():
    image = np.random.RandomState(0).randint(0, 256, (8, 12, 3), 'uint8')
    means = image.reshape(4, 2, 4, 3, 3).mean(axis=(1, 3))
    found = images.fit(image, 4, resampling='box')
    # Rounded twice, along each axis.
    assert_less_equal(np.abs(found - means).max(), 1)


def test_unknown_fit_is_a_bad_setting():
    with assert_raises(BadSetting) as raised:
        images.fit(np.zeros((2, 2, 3), 'uint8'), 2, 'stretch')
    assert_in('squash, crop', str(raised.exception))


def test_to_chw_moves_channels_to_the_front():
    image = np.arange(24, dtype='uint8').reshape(2, 4, 3)
    found = images.to_chw(image)
    assert_true(found.flags.c_contiguous)
    for channel in range(3):
        assert_equal(found[channel].tolist(), image[:, :, channel].tolist())


def test_broken_files_are_named_with_their_cause():
    whole = io.BytesIO()
    photograph().save(whole, 'JPEG')
    folder = tempfile.mkdtemp()
    for content, cause in (
        (b'', '0 bytes'),
        (b'words\n', 'not an image'),
        (whole.getvalue()[:9000], 'truncated'),
        (whole.getvalue()[:20], ''),
    ):
        path = os.path.join(folder, 'a.jpg')
        with open(path, 'wb') as file:
            file.write(content)
        assert_in(cause, refusal(path))
        assert_in(cause, refusal(path, 96))


def test_missing_file_and_folder_are_named():
    folder = tempfile.mkdtemp()
    assert_in('there is no', refusal(os.path.join(folder, 'none.jpg')))
    refusal(folder)
    with assert_raises(BadFile):
        images.image_size(os.path.join(folder, 'none.jpg'))


def test_decompression_bomb_is_refused_before_it_is_decoded():
    # Below and above the size at which Pillow itself refuses.
    for side in (9000, 60000):
        path = png(side, side, 1, 0, [b'\0' * (side // 8)])
        assert_in('pixels', refusal(path))


def test_what_is_too_large_for_its_format_says_which_is_not():
    assert_in('save it as a JPEG', refusal(png(9000, 9000, 1, 0, [b''])))


def test_a_photograph_of_180_million_pixels_is_decoded_at_a_reduced_size():
    path = saved(Image.new('L', (15000, 12000), 100), '.jpg')
    for shrink_to, scale in ((None, 2), (96, 8)):
        pixels, size = images.read_with_size(path, shrink_to)
        assert_equal((size, images.image_size(path)), ((12000, 15000),) * 2)
        assert_equal(pixels.shape, (12000 // scale, 15000 // scale, 3))
        assert_equal((pixels.min(), pixels.max()), (100, 100))


def progressive():
    """A progressive JPEG: all before its last scan, and that."""
    buffer = io.BytesIO()
    photograph(64, 48).save(buffer, 'JPEG', progressive=True, subsampling=0)
    content = buffer.getvalue()
    last = content.rfind(b'\xff\xda')
    return content[:last], content[last:-2]


def jpeg(content):
    path = os.path.join(tempfile.mkdtemp(), 'a.jpg')
    with open(path, 'wb') as file:
        file.write(content)
    return path


def test_a_jpeg_of_hundreds_of_scans_is_refused():
    before, scan = progressive()
    whole = images.read_rgb(jpeg(before + 9 * scan + b'\xff\xd9'))
    assert_equal(whole.shape, (48, 64, 3))
    path = jpeg(before + 400 * scan + b'\xff\xd9')
    assert_in('409 scans', refusal(path))
    with assert_raises(BadFile) as caught:
        maps.read(path)
    assert_in('409 scans', str(caught.exception))


def test_a_progressive_jpeg_that_would_fill_memory_is_refused_unread():
    before, scan = progressive()
    head = before.index(b'\xff\xc2') + 5  # height, width
    path = jpeg(
        before[:head] + struct.pack('>HH', 10000, 10000) + before[head + 4 :] + scan + b'\xff\xd9'
    )
    assert_in('not progressive', refusal(path))


def test_large_pictures_have_the_pixels_of_small_ones():
    rng = np.random.RandomState(0)
    pixels = rng.randint(0, 256, (2100, 2101, 4)).astype('uint8')
    pixels[..., 3] = 255
    pixels[:100, :, 3] = 0
    path = saved(Image.fromarray(pixels), compress_level=0)
    right = pixels[..., :3].copy()
    right[:100] = 255
    assert_true((images.read_rgb(path) == right).all())
    blocks = right[:2100, :2100].reshape(210, 10, 210, 10, 3).mean(axis=(1, 3))
    found = images.read_rgb(path, 105)
    assert_equal(found.shape, (210, 211, 3))
    assert_less_equal(np.abs(found[:, :210] - blocks).max(), 0.51)


def test_every_kind_of_picture_that_a_folder_is_searched_for_is_read():
    image = Image.new('RGB', (16, 16), RED)
    for extension in images.EXTENSIONS:
        if extension == '.avif' and not features.check('avif'):
            continue  # Pillow below 11.3, or built without it
        kind = {'.jpe': 'JPEG', '.pbm': 'PPM', '.pgm': 'PPM'}.get(extension)
        path = saved(image, extension, **({'format': kind} if kind else {}))
        assert_equal(images.read_rgb(path).shape, (16, 16, 3))


def test_only_regular_files_are_opened():
    path = os.path.join(tempfile.mkdtemp(), 'a.jpg')
    os.mkfifo(path)
    assert_in('a named pipe', refusal(path))
    with assert_raises(BadFile):
        images.image_size(path)


def test_formats_that_start_programs_are_not_opened():
    path = os.path.join(tempfile.mkdtemp(), 'a.jpg')
    with open(path, 'wb') as file:
        file.write(b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n')
    assert_in('not an image', refusal(path))


def test_image_of_one_pixel_and_a_very_long_one_are_read():
    for size in ((1, 1), (1, 20000), (20000, 1)):
        path = saved(Image.new('RGB', size, GREEN))
        pixels = images.read_rgb(path, 96)
        assert_equal(images.fit(pixels, 96).shape, (96, 96, 3))
        assert_equal(images.fit(pixels, 96, 'crop').shape, (96, 96, 3))


def test_an_array_that_is_no_picture_is_refused_with_its_shape():
    for wrong in (
        np.zeros((4, 5), 'uint8'),
        np.zeros((4, 5, 3)),
        np.zeros((4, 5, 4), 'uint8'),
        np.zeros((0, 5, 3), 'uint8'),
        [[[1, 2, 3]]],
    ):
        with assert_raises(BadFile) as caught:
            images.check_rgb(wrong)
        assert_in(str(np.shape(wrong)), str(caught.exception))


def test_heic_is_read_with_the_extra_and_told_what_it_is_without():
    image = photograph(64, 48)
    try:
        import pillow_heif
    except ImportError:
        path = saved(image)
        with open(path, 'wb') as file:
            file.write(b'\0\0\0\x18ftypheic\0\0\0\0mif1heic')
        with assert_raises(BadFile) as caught:
            images.read_rgb(path)
        assert_in('pip install pillow-heif', str(caught.exception))
        return
    path = saved(image, '.png')[:-4] + '.heic'
    image = Image.new('RGB', (64, 48), RED)
    image.paste(BLUE, (32, 0, 64, 48))
    pillow_heif.from_pillow(image).save(path, quality=95)
    found = images.read_rgb(path)
    assert_equal((found.shape, images.image_size(path)), ((48, 64, 3), (48, 64)))
    for column, colour in ((10, RED), (54, BLUE)):
        assert_less(abs(found[20, column] - np.array(colour, float)).max(), 9)


def test_jpeg_2000_is_read_as_it_was_written():
    if not features.check('jpg_2000'):
        raise unittest.SkipTest('this Pillow reads no JPEG 2000')
    image = photograph(64, 48)
    for extension in ('.jp2', '.j2k'):
        path = saved(image, extension)
        np.testing.assert_array_equal(images.read_rgb(path), np.asarray(image))


def test_of_an_animated_picture_the_first_frame_is_read_and_it_is_known():
    first, second = (Image.new('RGB', (20, 10), colour) for colour in (RED, BLUE))
    for extension in ('.gif', '.webp', '.png'):
        path = saved(first, extension, save_all=True, append_images=[second], lossless=True)
        assert_equal(images.read_rgb(path)[0, 0].tolist(), list(RED))
        assert_true(images.is_animated(path))
        assert_equal(images.is_animated(saved(first, extension)), False)
    assert_equal(images.is_animated(saved(first, '.jpg')), False)
    assert_equal(images.is_animated('nowhere.gif'), False)


def test_large_pictures_are_decoded_one_at_a_time_and_small_ones_beside_them():
    def content(side):
        file = io.BytesIO()
        Image.new('1', (side, side)).save(file, 'PNG')
        return file

    with ThreadPoolExecutor(2) as pool:
        with images._one_at_a_time:
            large = pool.submit(images.decode, content(4100), 'large.png', 96)
            small = pool.submit(images.decode, content(100), 'small.png', 96)
            assert_equal(small.result(60)[1], (100, 100))
            assert_false(large.done())
        assert_equal(large.result(60)[1], (4100, 4100))
