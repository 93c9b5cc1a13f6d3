"""In which coding a text is: decided once for a file, and told."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.sources.files.faults import UnreadableDeliveryError

_MARK = b"\xef\xbb\xbf"
_UTF_32_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_ENDS = re.compile(rb"\r\n|\r|\n")
_CHINESE = re.compile("[\u0800-\U0010ffff]")
"""What takes three bytes or four in UTF-8, as Chinese does: text of GB18030 hardly ever has such bytes by chance."""
_MOST_WAITING = 1 << 20
_NULS = 10
"""In UTF-16 without a mark, digits, separators and ends of lines have a NUL each; never on both sides."""


_EURO = "egret-euro"
"""Windows' code page 936 is GBK with a euro sign as the byte 80, which GB18030 leaves without a meaning."""
_ESCAPED = codecs.lookup_error("surrogateescape")


def _euro(error: UnicodeError) -> tuple[str | bytes, int]:
    """That byte as €; whatever else cannot be decoded as a lone surrogate."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == 0x80:
        return "€", error.start + 1
    return _ESCAPED(error)


codecs.register_error(_EURO, _euro)


@dataclass(frozen=True, slots=True)
class Coding:
    """A coding of text: as it is told, Python's name, what becomes of bytes that are none, and its mark."""

    name: str
    codec: str
    errors: str = "surrogateescape"
    mark: bytes = b""


UTF_8 = Coding("UTF-8", "utf-8")
UTF_8_MARKED = Coding("UTF-8 with mark", "utf-8", mark=_MARK)
UTF_16_LE = Coding("UTF-16", "utf-16-le", "replace", b"\xff\xfe")
UTF_16_BE = Coding("UTF-16", "utf-16-be", "replace", b"\xfe\xff")
GB18030 = Coding("GB18030", "gb18030", _EURO)

AMENDED = dict(
    zip(
        map(ord, "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7"),
        "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f",
        strict=True,
    )
) | dict(
    zip(map(ord, "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864"), map(chr, range(0x9FB4, 0x9FBC)), strict=True)
)
"""Characters that GB 18030-2022 has a place for in Unicode, and Python's codec, of 2000, in the private use area."""


def by_mark(head: bytes) -> Coding | None:
    """The coding that the first bytes say; None where they say none. Raises UnreadableDeliveryError for UTF-32."""
    if head.startswith(_UTF_32_MARKS):
        raise UnreadableDeliveryError("file_utf32")
    for coding in (UTF_8_MARKED, UTF_16_LE, UTF_16_BE):
        if head.startswith(coding.mark):
            return coding
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) * _NULS < len(head) or min(first, second) * _NULS > len(head):
        return None
    return UTF_16_LE if second > first else UTF_16_BE


def decide(blocks: Iterable[bytes]) -> Coding:
    """UTF-8 or GB18030, for a text without another mark.

    Raises:
        UnreadableDeliveryError: it is neither; the sentence names the first line that is not.
    """
    survey = _Survey()
    for block in _whole_lines(blocks):
        survey.feed(block)
    return survey.coding()


def _decoded(text: bytes, codec: str, errors: str = "strict") -> str:
    """As `decode`; where a file ends within a character, that is left out: its line is rejected, not the file.

    Raises UnicodeDecodeError.
    """
    if text.endswith((b"\n", b"\r")):
        return text.decode(codec, errors)
    return codecs.getincrementaldecoder(codec)(errors).decode(text)


def unusable_in_gb18030(text: str) -> bool:
    """Whether a decoded text has a private-use or unassigned character: then it was not GB18030."""
    return any(map(_unusable, set(text)))


class _Survey:
    """What is known of a text so far."""

    def __init__(self) -> None:
        self._line = 0
        self._chinese_utf_8 = False
        self._all_utf_8 = True
        self._not_gb18030: int | None = None

    def feed(self, block: bytes) -> None:
        """Look at some whole lines."""
        if not block.isascii():
            try:
                text = _decoded(block, "utf-8")
            except UnicodeDecodeError:
                self._look(block)
            else:
                self._chinese_utf_8 = self._chinese_utf_8 or _CHINESE.search(text) is not None
            if not self._chinese_utf_8 and self._not_gb18030 is None:
                self._try_gb18030(block)
        if self._not_gb18030 is None:
            self._line += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")

    def coding(self) -> Coding:
        """The decision."""
        if self._all_utf_8 or self._chinese_utf_8:
            return UTF_8
        if self._not_gb18030 is not None:
            raise UnreadableDeliveryError("file_coding", line=self._not_gb18030)
        return GB18030

    def _look(self, block: bytes) -> None:
        """Which of its lines are UTF-8."""
        for line in block.splitlines(keepends=True):
            try:
                self._chinese_utf_8 = self._chinese_utf_8 or _CHINESE.search(_decoded(line, "utf-8")) is not None
            except UnicodeDecodeError:
                self._all_utf_8 = False
            if self._chinese_utf_8 and not self._all_utf_8:
                return

    def _try_gb18030(self, block: bytes) -> None:
        """Find the first line that is not GB18030, where there is one."""
        if _is_gb18030(block):
            return
        lines = block.splitlines(keepends=True)
        wrong = (place for place, line in enumerate(lines, 1) if not _is_gb18030(line))
        self._not_gb18030 = self._line + next(wrong, len(lines))


def _is_gb18030(text: bytes) -> bool:
    return not unusable_in_gb18030(_decoded(text, GB18030.codec, GB18030.errors))


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes cut at the ends of lines. A line longer than any record is left out: it is rejected anyway."""
    waiting = b""
    skipping = False
    for block in blocks:
        end = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
        if end:
            whole = waiting + block[:end]
            yield b"\n" + _ENDS.split(whole, maxsplit=1)[1] if skipping else whole
            waiting, skipping = block[end:], False
        else:
            waiting += block
        if len(waiting) > _MOST_WAITING:
            waiting, skipping = b"", True
    if not skipping:
        yield waiting


def _unusable(char: str) -> bool:
    code = ord(char)
    if code < 0x80 or code in AMENDED or 0x20000 <= code < 0x40000:  # some Chinese ones are newer than Python's tables
        return False
    return unicodedata.category(char) in ("Co", "Cn", "Cs")
