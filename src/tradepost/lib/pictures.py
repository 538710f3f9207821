"""Pictures that people send. Only what can be read as a picture is kept, and never the file that came: it is redrawn.

So nothing travels along, no place where a photograph was taken and no script in disguise. Each is kept in two sizes
under a name that nobody guesses and that never means another picture.
"""

import secrets
import struct
import threading
import zlib
from io import BytesIO
from typing import BinaryIO, NamedTuple, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps

from tradepost.lib.errors import Invalid

MOST_BYTES = 5 * 2**20
MOST_PIXELS = 40 * 10**6
FORMATS = ("JPEG", "PNG", "WEBP")
LARGE, SMALL = 1600, 320  # the longer side
SUFFIX, SMALL_SUFFIX = ".webp", "-small.webp"
NAME = r"[a-z]+/[A-Za-z0-9_-]{22}(?:-small)?\.webp"
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

_one_at_a_time = threading.Lock()  # one of forty megapixels takes a quarter of a gigabyte while it is drawn


class NotAPicture(Invalid):
    """The file is no JPEG, PNG or WebP, or a broken one."""

    code = "not_a_picture"
    title = "This is not a JPEG, PNG or WebP picture"


class PictureTooLarge(Invalid):
    """More than 5 MB, or more than 40 million pixels however small the file is."""

    code = "picture_too_large"
    title = "A picture has at most 5 MB and 40 megapixels"


class Picture(NamedTuple):
    """A picture drawn anew, in the size to look at and in the size of a list: WebP, with nothing in it but pixels."""

    large: bytes
    small: bytes


class Named(Protocol):
    """What keeps the name of a picture, or nothing."""

    @property
    def picture(self) -> str:
        """The name."""


class Pictured:
    """A row with a `picture`, and where it is served in both sizes."""

    @property
    def picture_url(self: Named) -> str:
        """Where its picture is served, or nothing."""
        return url_of(self.picture)

    @property
    def thumbnail_url(self: Named) -> str:
        """Where a small one is served, or nothing."""
        return url_of(self.picture, small=True)


def draw(file: BinaryIO) -> Picture:
    """The picture in a file, upright as its camera meant it. Raises NotAPicture, PictureTooLarge."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PictureTooLarge
    with _one_at_a_time:
        try:
            image = _pixels(data)
        except TOO_MANY_PIXELS:
            raise PictureTooLarge from None
        except UNREADABLE:
            raise NotAPicture from None
        return Picture(_drawn(image, LARGE), _drawn(image, SMALL))


def keep(picture: Picture, folder: str) -> str:
    """Store a picture; the name it is known by."""
    name = f"{folder}/{secrets.token_urlsafe(16)}"
    default_storage.save(name + SUFFIX, ContentFile(picture.large))
    default_storage.save(name + SMALL_SUFFIX, ContentFile(picture.small))
    return name


def exchange(before: str, picture: Picture | None, folder: str) -> str:
    """Store a picture, or none, in place of the one of this name; the name of the new one, or nothing.

    The one of before is removed once the change is certain. Should it be rolled back after all, a file stays that
    nothing names.
    """
    name = keep(picture, folder) if picture else ""
    transaction.on_commit(lambda: forget(before), robust=True)
    return name


def forget(name: str) -> None:
    """Remove a picture, if there is one of this name."""
    for suffix in (SUFFIX, SMALL_SUFFIX) if name else ():
        default_storage.delete(name + suffix)


def url_of(name: str, *, small: bool = False) -> str:
    """Where a picture is served; nothing for no name."""
    return default_storage.url(name + (SMALL_SUFFIX if small else SUFFIX)) if name else ""


def _pixels(data: bytes) -> Image.Image:
    image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise PictureTooLarge
    image.draft("RGB", (LARGE, LARGE))  # a JPEG need not be read finer than it is kept
    image = ImageOps.exif_transpose(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _drawn(image: Image.Image, most: int) -> bytes:
    smaller = image.copy()
    smaller.thumbnail((most, most), Image.Resampling.LANCZOS)
    smaller.info.clear()
    file = BytesIO()
    smaller.save(file, "WEBP", quality=82)
    return file.getvalue()
