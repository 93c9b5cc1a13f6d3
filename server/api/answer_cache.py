"""Answers of the API that cannot have changed, kept in memory for a hot path."""

from __future__ import annotations

from collections import OrderedDict

import orjson

from bot.dialogs.flow import Data

_REMEMBERED = 2000
BY_STATEMENT = frozenset({"Score"})
"""Operations whose answer is made of nothing but the citizen's statements, the scheme and the day."""


class AnswerCache:
    """Answers that cannot have changed, for as long as the statement that they were made from is the current one.

    They are kept as JSON: as objects of Python they take twelve times the memory, and reading one takes microseconds.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str], tuple[str, bytes]] = OrderedDict()

    def get(self, name: str, citizen: str, stamp: str) -> Data | None:
        """The answer made from the statement with that stamp."""
        known = self._answers.get((name, citizen))
        if known is None or known[0] != stamp:
            return None
        self._answers.move_to_end((name, citizen))
        data: Data = orjson.loads(known[1])
        return data

    def keep(self, name: str, citizen: str, stamp: str, data: Data) -> None:
        """Remember an answer; the one that was not asked for longest is forgotten."""
        self._answers[(name, citizen)] = (stamp, orjson.dumps(data))
        if len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)

    def forget(self, citizen: str) -> None:
        """Whatever is known of a citizen."""
        for name in BY_STATEMENT:
            self._answers.pop((name, citizen), None)
