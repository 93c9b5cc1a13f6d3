"""Lines of text with their numbers, of which no more than a bounded part is ever in memory."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from scoring.dated import Text
from server.sources.files.coding import AMENDED, GB18030, Coding
from server.sources.files.faults import SENTENCES
from server.sources.files.unpacked import Unpacked

LONGEST_LINE = 256 * 1024
"""Characters of one record: some 40,000 are the most it can have, six times that where each is escaped."""
_KEPT_OF_LONG = 1000
_NOT_WHOLE = "\ufffd"
"""Behind what is kept of a line, so that it is not taken for a whole one when it comes back."""
_WRONG = re.compile("[\ud800-\udfff\ufffd]")


class NumberedLine(NamedTuple):
    """A line without its end, and what is wrong with its text."""

    number: int
    text: str
    fault: Text | None


class Lines(Iterator[NumberedLine]):
    """The lines of a text; those that were taken too early can be given back.

    Where gzip data end in the middle, the line that is cut says so, or one behind the last.
    """

    def __init__(self, file: TextIO, coding: Coding, unpacked: Unpacked | None = None) -> None:
        self._file = file
        self._coding = coding
        self._unpacked = unpacked
        self._number = 0
        self._back: deque[NumberedLine] = deque()
        self.end = "\n"
        """How the first line ends."""
        self._cut_told = False

    def __next__(self) -> NumberedLine:
        if self._back:
            return self._back.popleft()
        text = self._file.readline(LONGEST_LINE)
        if not text:
            if self._is_cut() and not self._cut_told:
                self._cut_told = True
                return NumberedLine(self._number + 1, "", SENTENCES["line_cut"])
            raise StopIteration
        self._number += 1
        bare = text.rstrip("\r\n")
        if len(bare) == len(text) and self._is_cut():
            self._cut_told = True
            return NumberedLine(self._number, bare[:_KEPT_OF_LONG] + _NOT_WHOLE, SENTENCES["line_cut"])
        if self._number == 1:
            self.end = text[len(bare) :] or "\n"
        if bare.isascii() and len(text) < LONGEST_LINE:
            return NumberedLine(self._number, bare, None)
        return self._looked_at(bare, long=len(text) == LONGEST_LINE and len(bare) == len(text))

    def give_back(self, lines: list[NumberedLine]) -> None:
        """Let these be the next ones."""
        self._back.extendleft(reversed(lines))

    def _looked_at(self, text: str, *, long: bool) -> NumberedLine:
        if long:
            self._skip()
            return NumberedLine(
                self._number, text[:_KEPT_OF_LONG] + _NOT_WHOLE, SENTENCES.fill("line_too_long", most=LONGEST_LINE)
            )
        text = text.removeprefix("\ufeff")  # also of a file that was put behind another
        if self._coding is GB18030:
            text = text.translate(AMENDED)
        if wrong := _WRONG.search(text):
            kind = "line_garbled" if wrong[0] == "\ufffd" else "line_coding"
            return NumberedLine(self._number, text, SENTENCES.fill(kind, coding=self._coding.name))
        return NumberedLine(self._number, text, None)

    def _skip(self) -> None:
        """To the end of a line."""
        while text := self._file.readline(LONGEST_LINE):
            if text.endswith(("\n", "\r")):
                return

    def _is_cut(self) -> bool:
        return self._unpacked is not None and self._unpacked.cut
