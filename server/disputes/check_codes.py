"""Check codes of letters: what anybody who holds one can verify, without learning anything about its person.

A code is a keyed digest over the number, the kind, the day and the outcome of a letter, as four times four letters and
digits. Nothing is stored for it: the same key gives the same code after a restart, and after its person has left.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from schema.types.dispute import LetterCheck, LetterKind, LetterOffice
from schema.types.errors import LocalText
from schema.types.principal import Caller
from scoring.disputes import DisputeState
from scoring.locality import Office
from server.disputes.model import AnswerRow, DisputeRow
from server.disputes.repository import DisputeRepository
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.throttle import Throttle
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.timing import even

WRITTEN = (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)
_BYTES, _GROUP = 10, 4
_MOST_AN_HOUR = 60
"""Checks from one network address; with 80 bits, a guess in a billion years would need billions of them a second."""
_EVEN_SECONDS = 0.1
_READ_AS = str.maketrans({"0": "O", "1": "I", "8": "B"})
"""Digits that no code has, as the letters that they are mistaken for."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A letter that was written about a dispute: its kind, its day, and a digest of what it says."""

    kind: LetterKind
    day: date
    outcome: str


def issued_letters(dispute: DisputeRow) -> Iterator[Issued]:
    """Every letter about a dispute: the receipt, the first answer where it was appealed, the answer in force."""
    yield Issued(LetterKind.RECEIPT, date.fromisoformat(dispute["filed_on"]), "")
    first = dispute.get("first")
    if first is not None:
        yield _answer(LetterKind.FIRST_ANSWER, first)
    if dispute["state"] in WRITTEN:
        yield _answer(LetterKind.ANSWER, answer_of(dispute))


def answer_of(dispute: DisputeRow) -> AnswerRow:
    """The answer that stands in a dispute."""
    return {
        "state": dispute["state"],
        "determination": dispute["determination"],
        "explanation_event": dispute["explanation_event"],
        "proposer": dispute["proposer"],
        "lapsed": dispute["lapsed"],
        "inquiry": dispute["inquiry"],
        "ended_on": dispute["ended_on"] or dispute["filed_on"],
    }


def _answer(kind: LetterKind, answer: AnswerRow) -> Issued:
    outcome = f"{answer['state']}|{answer['determination']}|{answer['lapsed']}"
    return Issued(kind, date.fromisoformat(answer["ended_on"]), outcome)


def check_code(vault: Vault, number: str, issued: Issued) -> str:
    """The code that stands on a letter, such as ABCD-EFGH-JKMN-2345."""
    said = "|".join((number, issued.kind.value, issued.day.isoformat(), issued.outcome))
    code = base64.b32encode(vault.blind("letter", said)[:_BYTES]).decode()
    return "-".join(code[n : n + _GROUP] for n in range(0, len(code), _GROUP))


def office_of(office: Office) -> LetterOffice:
    """The office that signs, as the API has it."""
    return LetterOffice(
        name=LocalText.of(office.name),
        unit=LocalText.of(office.unit),
        address=LocalText.of(office.address),
        phone=office.phone,
    )


class LetterChecks(FollowsScheme):
    """Tells anybody whether a letter is genuine."""

    def __init__(self, *, store: Store, vault: Vault, scheme: SchemeInForce, throttle: Throttle) -> None:
        self._disputes = DisputeRepository(store)
        self._vault = vault
        self._in_force = scheme
        self._throttle = throttle

    async def check(self, caller: Caller, number: str, code: str) -> LetterCheck:
        """Whether a letter of this number has this code, and of which kind and day it is; no more. A yes takes as long
        as a no. Refused: TOO_MANY_TRIES."""
        if caller.address:
            whose = f"letter:{self._vault.blind_text('address', caller.address)}"
            await self._throttle.spend(whose, _MOST_AN_HOUR, timedelta(hours=1))
        async with even(_EVEN_SECONDS):
            found = await self._find(_plain(number), _plain(code))
        if found is None:
            return LetterCheck(genuine=False, kind=None, dated_on=None, office=None)
        return LetterCheck(
            genuine=True, kind=found.kind, dated_on=found.day, office=office_of(self._scheme.city.office)
        )

    async def _find(self, number: str, code: str) -> Issued | None:
        typed = code.replace("-", "").translate(_READ_AS).encode()
        found = None
        for dispute in await self._disputes.of_number(number):
            for issued in issued_letters(dispute):
                real = check_code(self._vault, dispute["number"], issued).replace("-", "").encode()
                if hmac.compare_digest(real, typed):
                    found = issued
        return found


def _plain(typed: str) -> str:
    return "".join(typed.split()).upper()
