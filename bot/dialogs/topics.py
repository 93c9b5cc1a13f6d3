"""What a clause is about, where no list has it whole: every word of it is known, and together they mean something.

`bot/topics.toml` has the words by topic. A clause is cut into them without a rest, so that one unknown word is enough
for nothing to be understood: 把我的分数改成900, 我不想退出. A Latin word may have one slip of the finger.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.dialogs.typed import plain

TOPICS = Path(__file__).parent.parent / "topics.toml"
_LATIN = re.compile(r"[a-z][a-z'’]*")
_SHORTEST_SLIP = 5
"""Letters of a word in which one slip is forgiven; shorter ones are too near to each other."""

About = frozenset[str]
"""Topics of a clause, in no order; words that only go along have none."""


def _read(path: Path) -> dict[str, str]:
    """The topic of each word; an empty one of a word that only goes along."""
    data: Mapping[str, Sequence[str]] = tomllib.loads(path.read_text("utf-8"))
    topics: dict[str, str] = {}
    for topic, words in data.items():
        topics |= {plain(word): "" if topic == "filler" else topic for word in words}
    return topics


_TOPIC = _read(TOPICS)
_LONGEST = max(map(len, _TOPIC))
_WORDS = frozenset(word for words in _TOPIC for word in _LATIN.findall(words))


def about(clause: str) -> About | None:
    """The topics of a clause in the form of `plain`; None where a word of it is unknown."""
    text = _spelled(clause)
    best: list[tuple[int, About] | None] = [None] * (len(text) + 1)
    best[0] = (0, frozenset())
    for start in range(len(text)):
        before = best[start]
        if before is None:
            continue
        if text[start] == " ":
            best[start + 1] = min(before, best[start + 1] or before, key=_words)
            continue
        for end in range(start + 1, min(len(text), start + _LONGEST) + 1):
            topic = _TOPIC.get(text[start:end])
            if topic is None or _cuts_a_word(text, start, end):
                continue
            found = (before[0] + 1, before[1] | {topic} if topic else before[1])
            best[end] = min(best[end] or found, found, key=_words)
    whole = best[len(text)]
    return None if whole is None or not whole[1] else whole[1]


def _words(found: tuple[int, About]) -> int:
    """Fewer and longer words are the better reading."""
    return found[0]


def _cuts_a_word(text: str, start: int, end: int) -> bool:
    """Whether a Latin word would be cut in the middle."""
    return _joins(text, start) or _joins(text, end)


def _joins(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    return all(char.isascii() and char.isalpha() for char in (text[place - 1], text[place]))


def _spelled(text: str) -> str:
    """With slips in Latin words mended, where only one known word is that near."""
    return _LATIN.sub(lambda found: _mended(found[0]), text)


@cache
def _slips() -> dict[str, set[str]]:
    """Known words by what is left of them without one letter."""
    known: dict[str, set[str]] = {}
    for word in _WORDS:
        if len(word) >= _SHORTEST_SLIP:
            for form in _without_one(word):
                known.setdefault(form, set()).add(word)
    return known


def _mended(word: str) -> str:
    if word in _WORDS or len(word) < _SHORTEST_SLIP:
        return word
    near = {known for form in _without_one(word) for known in _slips().get(form, ())}
    near = {known for known in near if _is_one_slip(word, known)}
    return near.pop() if len(near) == 1 else word


def _without_one(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _is_one_slip(word: str, known: str) -> bool:
    """One letter too many, missing, wrong, or two that changed places."""
    if len(word) == len(known):
        differ = [place for place in range(len(word)) if word[place] != known[place]]
        swapped = len(differ) == 2 and sorted(word[p] for p in differ) == sorted(known[p] for p in differ)
        return len(differ) == 1 or (swapped and differ[1] - differ[0] == 1)
    shorter, longer = sorted((word, known), key=len)
    return len(longer) - len(shorter) == 1 and shorter in _without_one(longer)
