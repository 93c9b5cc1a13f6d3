"""Dispute documents: finding one, opening its sealed part, and what may be written into it."""

from __future__ import annotations

import re
from typing import cast

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import WORDS_MAX, WORDS_MIN
from scoring.identity.text import visible
from server.disputes.model import DisputeContent, DisputeRow
from server.disputes.repository import DisputeRepository
from server.disputes.templates import unfilled
from server.platform.crypto.vault import KeyDestroyedError, Vault
from server.platform.db import Collections


async def get_dispute(within: Collections, dispute_id: str) -> DisputeRow:
    """A dispute by its id. Refused: NOT_FOUND."""
    dispute = await DisputeRepository(within).get(dispute_id)
    if dispute is None:
        raise Refused(RefusalCode.NOT_FOUND)
    return dispute


def refuse_stale(case: DisputeRow, revision: int) -> None:
    """Refuse a step on an earlier version of a case than the present one. Refused: CONFLICT."""
    if case["revision"] != revision:
        raise Refused(RefusalCode.CONFLICT)


async def open_content(vault: Vault, dispute: DisputeRow) -> DisputeContent | None:
    """What is sealed of a dispute; None after its citizen has left."""
    try:
        return cast(DisputeContent, await vault.open(dispute["sealed"]))
    except KeyDestroyedError:
        return None


_BREAK = re.compile(r"\r\n?|[\u2028\u2029]")


def staff_words(words: str, field: str = "words") -> str:
    """Text that the desk sends: a template whose gaps are all filled in."""
    words = checked_words(words, field)
    gap = unfilled(words)
    if gap is not None:
        raise Refused(RefusalCode.WORDS_UNFILLED, field=field, gap=gap)
    return words


def citizen_words(words: str) -> str:
    """A citizen's own words: enough for the desk to work with. Refused: WORDS_*."""
    words = checked_words(words)
    if len(visible(words).strip()) < WORDS_MIN:
        raise Refused(RefusalCode.WORDS_NEEDED, field="words")
    return words


def checked_words(words: str, field: str = "words") -> str:
    """Words without what stands around them; a refusal names the `field` that they came in. Refused: WORDS_*.

    A line break counts once, however a browser or a program writes it.
    """
    words = _BREAK.sub("\n", words).strip()
    if not visible(words).strip():
        raise Refused(RefusalCode.WORDS_NEEDED, field=field)
    if len(words) > WORDS_MAX:
        raise Refused(RefusalCode.WORDS_TOO_LONG, field=field, most=WORDS_MAX, length=len(words))
    return words
