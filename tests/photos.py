"""Pictures to send."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def photo(size: tuple[int, int] = (60, 40), kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """A file with a picture in it, half red and half blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    file = BytesIO()
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()


def sent(content: bytes | None = None, name: str = "mug.jpg") -> SimpleUploadedFile:
    """The same as a form sends it."""
    return SimpleUploadedFile(name, photo() if content is None else content, "image/jpeg")


def seen(content: bytes) -> Image.Image:
    """What is in a file."""
    image = Image.open(BytesIO(content))
    image.load()
    return image
