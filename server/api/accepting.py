"""What a client takes: the form of an answer, and its language (RFC 9110, sections 12.5.1 and 12.5.4)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

_LONGEST = 8 * 1024
_MOST = 64
_KEPT = 128
"""Headers whose answer is kept: clients have few, and one of the longest takes 8 KB."""
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)\s*$", re.IGNORECASE)


class Media(StrEnum):
    """The forms of an answer."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"


@lru_cache(_KEPT)
def accepted(header: str | None, *, listens: bool) -> Media | None:
    """The best form for a client; None where it takes none of them.

    An operation that `listens` comes as events alone, to a client that names them: one that takes anything would wait
    for the end of a stream. Another comes as JSON, unless events are wanted more: a client that lists everything it
    knows does not mean a stream.
    """
    qualities = _qualities(header or "application/json")
    if listens:
        return Media.EVENTS if qualities.get(Media.EVENTS, 0.0) > 0 else None
    forms = (Media.RESPONSE, Media.JSON) if Media.RESPONSE in qualities else (Media.JSON, Media.RESPONSE)
    as_json = max(forms, key=lambda media: (_quality(qualities, media), media in qualities))
    json, events = _quality(qualities, as_json), _quality(qualities, Media.EVENTS)
    if json > 0 and json >= events:
        return as_json
    return Media.EVENTS if events > 0 else None


@lru_cache(_KEPT)
def language_of(header: str | None) -> str:
    """`zh` or `en`, whichever `Accept-Language` likes better; `zh` where it names neither."""
    qualities = {"zh": 0.0, "en": 0.0}
    for name, quality in _qualities(header or "").items():
        language = name.partition("-")[0]
        if language in qualities:
            qualities[language] = max(qualities[language], quality)
    return "en" if qualities["en"] > qualities["zh"] else "zh"


def _qualities(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in header[:_LONGEST].split(",")[:_MOST]:
        name, *parameters = part.split(";")
        quality = 1.0
        for parameter in parameters:
            if (told := _QUALITY.match(parameter.strip())) is not None:
                quality = min(1.0, float(told[1]))
        found.setdefault(name.strip().lower(), quality)
    return found


def _quality(qualities: dict[str, float], media: Media) -> float:
    """By the most specific range that fits."""
    kind = media.partition("/")[0]
    return next((qualities[name] for name in (media.value, f"{kind}/*", "*/*") if name in qualities), 0.0)
