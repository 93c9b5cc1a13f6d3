"""Made-up photos, and things that only look like one."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from typing import IO

from PIL import Image

from scoring.disputes import PHOTOS_MAX
from server.platform.sandbox import documents
from server.platform.sandbox.helpers import in_memory
from server.platform.sandbox.wire import Photo


def photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480), *, place: bool = False) -> bytes:
    """A photo of nothing; with `place`, one that says where it was taken and how to turn it."""
    drawn = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    if place:
        exif[0x010F] = "A camera of somebody"
        exif[0x0112] = 6  # turned a quarter
        exif.get_ifd(0x8825)[1] = "N"
    image.save(drawn, kind, exif=exif)
    return drawn.getvalue()


@contextlib.contextmanager
def opened(content: bytes) -> Iterator[IO[bytes]]:
    """A file with this content."""
    with os.fdopen(in_memory(content), "rb") as file:
        yield file


def cleaned(content: bytes) -> list[Photo]:
    """What a helper makes of a file, made in this process. Raises UnreadableError."""
    return [made for made in documents.photos(content, PHOTOS_MAX) if not isinstance(made, int)]


def pdf(pages: int = 1) -> bytes:
    """A PDF with a picture on each page, and an author."""
    drawn = io.BytesIO()
    images = [Image.linear_gradient("L").resize((595, 842)).convert("RGB") for _ in range(pages)]
    images[0].save(drawn, "PDF", save_all=True, append_images=images[1:], author="Somebody", title="A secret title")
    return drawn.getvalue()


NOT_PHOTOS: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello, I am a photo",
    "a page": b"<html><script>alert(1)</script></html>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "a program": b"MZ" + bytes(2000),
    "half a photo": photo()[:400],
    "a GIF": photo("GIF"),
    "only a beginning": b"\xff\xd8\xff\xe0" + bytes(64),
    "a PNG that lies about its size": photo("PNG")[:16] + b"\xff\xff\xff\x0f" * 2 + photo("PNG")[24:],
}
