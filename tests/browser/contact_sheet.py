"""Pictures of every page on one sheet, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

_WIDTH, _HEIGHT, _LABEL, _GAP, _COLUMNS = 300, 420, 20, 10, 8
_PAPER, _INK = (250, 250, 250), (40, 40, 40)


def write_sheet(pictures: Mapping[str, bytes], path: Path) -> None:
    """PNGs by name, each as wide as the others and cut where it is long, in rows of eight."""
    rows = -(-len(pictures) // _COLUMNS)
    size = (_COLUMNS * (_WIDTH + _GAP) + _GAP, rows * (_HEIGHT + _LABEL + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, (name, png) in enumerate(pictures.items()):
        row, column = divmod(place, _COLUMNS)
        left, top = _GAP + column * (_WIDTH + _GAP), _GAP + row * (_HEIGHT + _LABEL + _GAP)
        draw.text((left, top), name, fill=_INK)
        sheet.paste(_small(png), (left, top + _LABEL))
    path.parent.mkdir(exist_ok=True)
    sheet.save(path, "PNG")


def _small(png: bytes) -> Image.Image:
    with Image.open(BytesIO(png)) as picture:
        height = round(picture.height * _WIDTH / picture.width)
        return picture.convert("RGB").resize((_WIDTH, height)).crop((0, 0, _WIDTH, min(height, _HEIGHT)))
