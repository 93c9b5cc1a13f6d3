"""Fifty files that are two things at once, and bombs: refused, or kept as nothing but a picture drawn again."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.photos import cleaned, pdf, photo

MARK = b"this-mark-must-not-survive"


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("run.txt", MARK)
    return packed.getvalue()


PAYLOADS: dict[str, bytes] = {
    "a page": b"<html><script>" + MARK + b"</script></html>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><script>' + MARK + b"</script></svg>",
    "a server script": b"<?php echo '" + MARK + b"'; ?>",
    "a program": b"MZ\x90\x00" + MARK + bytes(64),
    "an ELF program": b"\x7fELF\x02\x01\x01" + MARK + bytes(64),
    "a shell script": b"#!/bin/sh\necho " + MARK + b"\n",
    "an archive": _zip(),
    "a Java archive": _zip().replace(b"run.txt", b"a.class"),
    "a PDF with a script": b"%PDF-1.4\n1 0 obj<</S/JavaScript/JS(" + MARK + b")>>endobj\n%%EOF",
    "XML with an entity": b'<!DOCTYPE a [<!ENTITY b "' + MARK + b'">]><a>&b;</a>',
}


def before(payload: bytes) -> bytes:
    return payload + photo(size=(32, 32))


def behind(payload: bytes) -> bytes:
    return photo(size=(32, 32)) + payload


def in_a_comment(payload: bytes) -> bytes:
    """A JPEG with the payload in a comment segment (ISO/IEC 10918-1, B.2.4.5)."""
    plain = photo(size=(32, 32))
    return plain[:2] + b"\xff\xfe" + struct.pack(">H", len(payload) + 2) + payload + plain[2:]


def in_exif(payload: bytes) -> bytes:
    drawn, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = payload.decode("latin-1")
    Image.new("RGB", (32, 32)).save(drawn, "JPEG", exif=exif)
    return drawn.getvalue()


def in_a_text_chunk(payload: bytes) -> bytes:
    drawn, info = io.BytesIO(), PngInfo()
    info.add_text("Comment", payload.decode("latin-1"))
    Image.new("RGB", (32, 32)).save(drawn, "PNG", pnginfo=info)
    return drawn.getvalue()


PLACES: list[Callable[[bytes], bytes]] = [before, behind, in_a_comment, in_exif, in_a_text_chunk]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("what", PAYLOADS)
def test_what_is_two_things_is_kept_as_a_picture_or_not_at_all(what: str, place: Callable[[bytes], bytes]) -> None:
    content = place(PAYLOADS[what])
    assert MARK in content or what.endswith("archive")
    try:
        pages = cleaned(content)
    except ValueError:
        return
    for kept, size in pages:
        assert MARK not in kept
        assert not any(magic in kept for magic in (b"<script", b"<?php", b"PK\x03\x04", b"/JavaScript", b"<!ENTITY"))
        with Image.open(io.BytesIO(kept)) as opened:
            assert (opened.format, opened.size) == ("JPEG", size)
            opened.load()
            assert not opened.getexif()
            assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert kept.endswith(b"\xff\xd9")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large, and is nothing but zeros (PNG, second edition, 11.2)."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    squeezed = zlib.compress(bytes(min((width * 3 + 1) * height, 64 << 20)), 9)
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", squeezed) + _chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG whose compressed text is a thousand times its size."""
    plain = photo("PNG", (16, 16))
    return plain[:33] + _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(256 << 20), 9)) + plain[33:]


def pdf_bomb() -> bytes:
    """A PDF of one page that is larger than any paper."""
    return pdf(1).replace(b"595", b"90000").replace(b"842", b"90000")


@pytest.mark.parametrize(
    "content",
    [png_bomb(60_000, 60_000), png_bomb(1, 2_000_000_000), png_bomb(8000, 8000), text_bomb(), pdf_bomb()],
    ids=["wide and high", "a line", "more pixels than are taken", "text", "paper"],
)
def test_a_bomb_takes_no_more_memory_than_a_photo_may(content: bytes, tmp_path: Path) -> None:
    assert len(content) < 5 << 20
    file = tmp_path / "bomb"
    file.write_bytes(content)
    done = subprocess.run([sys.executable, "-c", _OPENING, str(file)], capture_output=True, text=True, check=True)
    most_kib = int(done.stdout.split()[-1])
    assert most_kib < 512 << 10
    assert "kept" not in done.stdout or "small" in done.stdout


_OPENING = r"""
import pathlib, re, sys
from tests.support.photos import cleaned
try:
    pages = cleaned(pathlib.Path(sys.argv[1]).read_bytes())
    print("kept", "small" if all(max(size) <= 2560 and len(kept) < 5 << 20 for kept, size in pages) else "large")
except ValueError:
    print("refused")
print(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
