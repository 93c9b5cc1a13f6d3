"""What is done with one document, in a process that ends with it. Nothing here runs in the server itself."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageOps, UnidentifiedImageError

from server.platform.sandbox.wire import LONGEST_EDGE, Fault, Photo

_QUALITY = 88
_FORMATS = ("JPEG", "PNG", "WEBP")
_PIXELS = {"JPEG": 220_000_000, "PNG": 50_000_000, "WEBP": 50_000_000}
"""A JPEG is read at a fraction of its size; the largest of a telephone has 200 million pixels."""
_PDF = b"%PDF-"
_PDF_SCALE = 2.5
"""Pixels a point: an A4 page becomes some 1,500 by 2,100."""
warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the number of pixels is checked here


class UnreadableError(ValueError):
    """A file that is no photo and no PDF that can be read; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def photos(content: bytes, most_pages: int) -> Iterator[int | Photo]:
    """How many photos there are, then each: the photo itself, or every page of a PDF; by content, not by name.

    Raises:
        UnreadableError: it is neither, it cannot be read without a password, or it has too many pages or pixels.
    """
    if not content.startswith(_PDF):
        made = clean_photo(content)
        yield 1
        yield made
        return
    try:
        with closing(pdfium.PdfDocument(content)) as opened:
            if not 1 <= len(opened) <= most_pages:
                raise UnreadableError(Fault.TOO_MANY_PAGES)
            yield len(opened)
            for n in range(len(opened)):
                with closing(opened[n]) as page:
                    yield _page_photo(page)
    except pdfium.PdfiumError as error:
        fault = Fault.LOCKED if error.err_code == pdfium_c.FPDF_ERR_PASSWORD else Fault.UNREADABLE
        raise UnreadableError(fault) from error


def _page_photo(page: pdfium.PdfPage) -> Photo:
    longest = max(page.get_width(), page.get_height())
    if not 1 <= longest <= 20_000:
        raise UnreadableError(Fault.TOO_LARGE)
    image = page.render(scale=min(_PDF_SCALE, LONGEST_EDGE / longest)).to_pil().convert("RGB")
    return _encoded(image)


def clean_photo(content: bytes) -> Photo:
    """A photo as a JPEG of at most 2560 pixels a side, turned upright, without any metadata.

    Raises:
        UnreadableError: it is no JPEG, PNG or WebP by its content, cannot be decoded, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _PIXELS[str(opened.format)]:
                raise UnreadableError(Fault.TOO_LARGE)
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            small = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError, EOFError) as error:
        raise UnreadableError(Fault.UNREADABLE) from error
    small.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return _encoded(ImageOps.exif_transpose(small))


def _encoded(image: Image.Image) -> Photo:
    """A JPEG of nothing but the picture."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    drawn = io.BytesIO()
    clean.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue(), clean.size


def picture(svg: bytes, width: int, fonts: Sequence[str]) -> bytes:
    """One of our SVGs as PNG, `width` pixels wide."""
    import resvg_py

    painted: bytes = resvg_py.svg_to_bytes(
        svg_string=svg.decode(),
        width=width,
        skip_system_fonts=True,
        font_files=list(fonts),
        font_family="Noto Sans CJK SC",
        sans_serif_family="Noto Sans CJK SC",
    )
    return painted


def letter(html: bytes) -> bytes:
    """One of our pages as PDF; it fetches nothing."""
    from weasyprint import HTML

    made: bytes = HTML(string=html.decode(), url_fetcher=_nothing).write_pdf()
    return made


def _nothing(url: str, *_: object, **__: object) -> object:
    raise ValueError("a letter fetches nothing")
