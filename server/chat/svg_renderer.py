"""SVG to PNG with a font that has Chinese characters; without one there are no pictures in the chat."""

from __future__ import annotations

import logging
from pathlib import Path

from server.platform.sandbox.sandbox import Sandbox

log = logging.getLogger("egret.pictures")

_FONTS = Path("/usr/share/fonts")
_NAMES = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "wqy-zenhei.ttc")


class SvgRenderer:
    """Paints PNGs in helper processes; the same picture is painted once."""

    def __init__(self, font: Path | None, sandbox: Sandbox) -> None:
        self._fonts = [] if font is None else _family(font)
        self._sandbox = sandbox

    @property
    def can_paint(self) -> bool:
        """Whether there is a font to write Chinese with."""
        return bool(self._fonts)

    async def png(self, person: str, svg: str, *, width: int = 900) -> bytes:
        """The picture, `width` pixels wide. Raises UnreadableFileError, SandboxBusyError."""
        return await self._sandbox.picture(person, svg, width, self._fonts)


def find_font(folder: Path = _FONTS) -> Path | None:
    """A Chinese font of this machine; says so in the log where there is none."""
    for name in _NAMES:
        found = next(folder.rglob(name), None) if folder.is_dir() else None
        if found is not None:
            return found
    log.warning("No Chinese font found (Debian: fonts-noto-cjk): score cards and passes go out as text only.")
    return None


def _family(font: Path) -> list[str]:
    bold = font.with_name(font.name.replace("Regular", "Bold"))
    return [str(path) for path in dict.fromkeys((font, bold)) if path.exists()]
