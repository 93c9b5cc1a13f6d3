"""Lines of text with their numbers, of which no more than a bounded part is ever in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, TextIO

from scoring.dated import Text
from server.sources.files.coding import AMENDED, GB18030, Coding
from server.sources.files.faults import SENTENCES
from server.sources.files.unpacked import Unpacked

LONGEST_LINE = 256 * 1024
"""Characters of one record: some 40,000 are the most it can have, six times that where each is escaped."""
MANY_LINES = 10_000
"""After so many, and so many again, it is told how far the file was read."""
_KEPT_OF_LONG = 1000
_NOT_WHOLE = "\ufffd"
"""Behind what is kept of a line, so that it is not taken for a whole one when it comes back."""
_PRIVATE_USE = b"\xee"
"""How characters from U+E000 to U+EFFF begin in UTF-8, and no others."""


class NumberedLine(NamedTuple):
    """A line without its end, and what is wrong with its text."""

    number: int
    text: str
    fault: Text | None


class Lines:
    """The lines of a text; those that were taken too early can be given back.

    Where gzip data end in the middle, the line that is cut says so, or one behind the last. `passed` is called after
    every `MANY_LINES`.
    """

    def __init__(
        self,
        file: TextIO,
        coding: Coding,
        unpacked: Unpacked | None = None,
        passed: Callable[[], None] | None = None,
    ) -> None:
        self._file = file
        self._coding = coding
        self._unpacked = unpacked
        self._passed = passed
        self._number = 0
        self._back: deque[NumberedLine] = deque()
        self.end = "\n"
        """How the first line ends."""

    def __iter__(self) -> Iterator[NumberedLine]:
        read, back = self._file.readline, self._back
        while True:
            if back:
                yield back.popleft()
                continue
            text = read(LONGEST_LINE)
            bare = text.rstrip("\r\n")
            if len(bare) == len(text) and self._is_cut():
                yield self._cut(bare)
                return
            if not text:
                return
            self._number += 1
            if self._passed is not None and self._number % MANY_LINES == 0:
                self._passed()
            if self._number == 1:
                self.end = text[len(bare) :] or "\n"
            if len(text) == LONGEST_LINE and len(bare) == len(text):
                yield self._long(bare)
            elif bare.isascii():
                yield NumberedLine(self._number, bare, None)
            else:
                yield self._looked_at(bare)

    def give_back(self, lines: list[NumberedLine]) -> None:
        """Let these be the next ones."""
        self._back.extendleft(reversed(lines))

    def _looked_at(self, text: str) -> NumberedLine:
        text = text.removeprefix("\ufeff")  # also of a file that was put behind another
        try:
            encoded = text.encode()
        except UnicodeEncodeError:  # bytes that are not of the coding stand as lone surrogates
            return self._faulty(text, SENTENCES.fill("line_coding", coding=self._coding.name))
        if "\ufffd" in text:
            return self._faulty(text, SENTENCES["line_garbled"])
        if self._coding is GB18030 and _PRIVATE_USE in encoded:
            text = text.translate(AMENDED)
        return NumberedLine(self._number, text, None)

    def _cut(self, text: str) -> NumberedLine:
        self._number += 1
        self._unpacked = None
        return self._faulty(text[:_KEPT_OF_LONG] + _NOT_WHOLE if text else "", SENTENCES["line_cut"])

    def _long(self, text: str) -> NumberedLine:
        while (more := self._file.readline(LONGEST_LINE)) and not more.endswith(("\n", "\r")):
            pass
        return self._faulty(text[:_KEPT_OF_LONG] + _NOT_WHOLE, SENTENCES.fill("line_too_long", most=LONGEST_LINE))

    def _faulty(self, text: str, fault: Text) -> NumberedLine:
        return NumberedLine(self._number, text, fault)

    def _is_cut(self) -> bool:
        return self._unpacked is not None and self._unpacked.cut
