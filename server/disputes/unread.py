"""Why a file was not taken, in words that help: what it is by its first bytes, and what to send instead."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import IO

from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from server.platform.sandbox.wire import Fault

_HEAD = 32
_BRANDS = {
    b"heic": "heic",
    b"heix": "heic",
    b"hevc": "heic",
    b"heim": "heic",
    b"heis": "heic",
    b"hevm": "heic",
    b"hevs": "heic",
    b"mif1": "heic",
    b"msf1": "heic",
}
_BRANDS |= {b"avif": "picture", b"avis": "picture"}
"""Of ISO base media files (ISO/IEC 14496-12); any other brand is a video."""
_STARTS = (
    (b"GIF8", "animation"),
    (b"\0\0\0\x0cJXL ", "picture"),
    (b"\xff\x0a", "picture"),
    (b"\0\0\0\x0cjP  ", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"BM", "picture"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"FLV", "video"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
)
_IN_ZIP = 2048
"""Where the first names of a ZIP file stand; those of Word and Excel begin so."""
_OFFICE = (b"[Content_Types].xml", b"_rels/", b"word/", b"xl/", b"docProps/")


def not_read(fault: Fault, file: IO[bytes], field: str) -> Refused:
    """The refusal (PHOTO_NOT_READ) of a file that a helper could not read."""
    why = {Fault.LOCKED: "locked", Fault.TOO_LARGE: "pixels"}.get(fault) or kind_of(file)
    said = None if why is None else Text(**_sentences()[why])
    return Refused(RefusalCode.PHOTO_NOT_READ, field=field, message=said)


def kind_of(file: IO[bytes]) -> str | None:
    """What a file is, by the name of its sentence; None for what is not known."""
    file.seek(0)
    start = file.read(_IN_ZIP)
    if not start:
        return "empty"
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "video")
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return "video"
    if start[:4] == b"PK\x03\x04":
        return "office" if any(name in start for name in _OFFICE) else "archive"
    return next((kind for begin, kind in _STARTS if start[:_HEAD].startswith(begin)), None)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("unread.toml").read_text("utf-8"))
