"""A picture is kept as nothing but a picture; what is none, or too much of one, is refused."""

import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo

from tests.photos import photo, seen
from tradepost.lib import pictures
from tradepost.lib.pictures import NotAPicture, PictureTooLarge

pytestmark = pytest.mark.once


def draw(content: bytes) -> pictures.Picture:
    return pictures.draw(BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_each_kind_becomes_two_sizes_of_one_kind(kind: str, mode: str) -> None:
    drawn = draw(photo((2000, 1000), kind, mode))
    large, small = seen(drawn.large), seen(drawn.small)
    assert (large.format, large.size, small.format, small.size) == ("WEBP", (1600, 800), "WEBP", (320, 160))


def test_a_small_one_is_not_blown_up() -> None:
    assert seen(draw(photo((60, 40))).large).size == (60, 40)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"), ("PNG", "LA")]
)
def test_odd_colours_are_drawn_too(kind: str, mode: str) -> None:
    content = photo(kind=kind, mode=mode) if mode != "I;16" else _deep()
    assert seen(draw(content).large).mode in {"RGB", "RGBA"}


def _deep() -> bytes:
    file = BytesIO()
    Image.new("I;16", (4, 4), 40_000).save(file, "PNG")
    return file.getvalue()


def test_what_one_can_see_through_stays_so() -> None:
    file = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(file, "PNG")
    pixel: Any = seen(draw(file.getvalue()).large).convert("RGBA").getpixel((5, 5))
    assert pixel[3] == 0


def test_nothing_but_pixels_is_kept_and_the_camera_may_be_turned() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6  # the camera was held upright
    exif[Base.Make] = "Secretcam"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (51.0, 32.0, 10.0)
    drawn = draw(photo((60, 40), exif=exif.tobytes(), comment=b"hidden words", icc_profile=b"p" * 200))
    image = seen(drawn.large)
    assert image.size == (40, 60)
    assert not {"exif", "icc_profile", "xmp", "comment"} & image.info.keys()
    assert b"Secretcam" not in drawn.large + drawn.small
    told = PngInfo()
    told.add_text("Comment", "hidden words")
    assert b"hidden" not in draw(photo(kind="PNG", pnginfo=told)).large


def test_what_hangs_on_behind_a_picture_is_cut_off() -> None:
    assert b"<script" not in draw(photo() + b"<script>alert(1)</script>").large


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        photo(kind="GIF"),
        photo(kind="BMP"),
        photo(kind="TIFF"),
        photo()[:300],
        photo(kind="PNG")[:60],
        photo(kind="WEBP")[:40],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        draw(content)


def test_every_cut_of_a_file_is_a_picture_or_refused() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = photo((20, 20), kind)
        for end in range(0, len(whole), 7):
            try:
                draw(whole[:end])
            except NotAPicture:
                continue


def test_more_than_five_megabytes_are_refused() -> None:
    assert draw(photo() + b"\0" * 1000)
    with pytest.raises(PictureTooLarge):
        draw(photo() + b"\0" * pictures.MOST_BYTES)


@pytest.mark.parametrize("size", [(6325, 6325), (12_000, 12_000), (65_000, 65_000)])
def test_a_small_file_of_far_too_many_pixels_is_refused_unread(size: tuple[int, int]) -> None:
    head = b"IHDR" + size[0].to_bytes(4) + size[1].to_bytes(4) + b"\x08\x02\0\0\0"
    chunk = (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4)
    with pytest.raises(PictureTooLarge):
        draw(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT")
