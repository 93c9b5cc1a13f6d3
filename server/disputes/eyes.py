"""People behind accounts: one ID number is one person, however many accounts.

The row of an account in `staff` names its person by a keyed digest of the ID number (`id_index`). A case keeps who
had a hand in it as pairs of account and person (`hands`), so that an account which later stands for another person
takes nothing back. An account without a person works on no case: it cannot be told apart from anybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from scoring.dated import Text
from server.auth.staff.repository import StaffRepository
from server.citizens.repository import CitizenRepository
from server.disputes.model import HandledRow
from server.disputes.repository import DisputeRepository
from server.platform.core.unit_of_work import Transaction
from server.platform.db import Collections, Store

ABOUT_YOU = Text(zh="您是当事人。", en="the case is about you.")
YOUR_PROPOSAL = Text(
    zh="处理意见是您提出的，或者您经手过原来的答复。", en="you proposed it, or had a part in it before."
)
YOUR_ANSWER = Text(
    zh="这件是对您所作答复的复核，要由没有经手过的同事办理。",
    en="This is an appeal against an answer of yours; a colleague who had no part in it has to handle it.",
)
"""A whole sentence: it says by itself that another person has to do this."""
ESCALATED = Text(
    zh="这件没有按期答复，已转复核员办理。", en="this one was not answered in time, so a supervisor has it."
)
YOUR_CASE = Text(zh="这件已在您的另一个账号名下。", en="you hold this case already, with another account.")


async def person_of(within: Collections, account: str) -> bytes | None:
    """The person who works as an account; None where that is not known. Refused: FOUR_EYES where it is no account."""
    row = await StaffRepository(within).get(account)
    if row is None:
        raise Refused(RefusalCode.FOUR_EYES, why=ABOUT_YOU)
    return row["id_index"]


async def accounts_of_person(store: Store, account: str) -> frozenset[str]:
    """Every account of the person who works as this one, this one among them."""
    person = await person_of(store, account)
    if person is None:
        return frozenset({account})
    return frozenset({account, *await StaffRepository(store).accounts_of(person)})


async def refuse_subject(within: Collections, actor: Principal, document: HandledRow) -> None:
    """No one works on their own case, or reads what colleagues write about it. Refused: FOUR_EYES."""
    person = await person_of(within, actor.id)
    subject = await CitizenRepository(within).get(document["citizen"])
    if subject is not None and subject["id_index"] == person:
        raise Refused(RefusalCode.FOUR_EYES, why=ABOUT_YOU)


async def known_person(tx: Transaction) -> bytes:
    """The person who acts. Refused: PERSON_UNKNOWN."""
    person = await person_of(tx, tx.actor.id)
    if person is None:
        raise Refused(RefusalCode.PERSON_UNKNOWN, account=tx.actor.id)
    return person


async def refuse_same_person(
    within: Collections,
    actor: Principal,
    document: HandledRow,
    accounts: Iterable[str | None],
    why: Text,
) -> None:
    """Refuse a person who is behind one of these accounts too.

    Refused: FOUR_EYES; PERSON_UNKNOWN where it cannot be told, with the account that has no person.
    """
    others = sorted({account for account in accounts if account is not None})
    if actor.id in others:
        raise _other_eyes(why)
    person = await person_of(within, actor.id)
    if person is None:
        raise Refused(RefusalCode.PERSON_UNKNOWN, account=actor.id)
    behind = await _people_behind(within, document, others)
    if any(person in people for people in behind.values()):
        raise _other_eyes(why)
    unknown = next((account for account, people in behind.items() if not people), None)
    if unknown is not None:
        raise Refused(RefusalCode.PERSON_UNKNOWN, account=unknown)


def _other_eyes(why: Text) -> Refused:
    return Refused(RefusalCode.FOUR_EYES, why=why, message=why if why is YOUR_ANSWER else None)


async def keep_hand(tx: Transaction, case_id: str, person: bytes) -> None:
    """Keep on a case that a person has had a hand in it, with the account that was used."""
    await DisputeRepository(tx).add_hand(case_id, {"account": tx.actor.id, "person": person})


async def _people_behind(within: Collections, document: HandledRow, accounts: list[str]) -> dict[str, set[bytes]]:
    """By account, the people who work as it now or did when they had a hand in this case."""
    people: dict[str, set[bytes]] = {account: set() for account in accounts}
    if not people:
        return people
    pairs = [(row["_id"], row["id_index"]) for row in await StaffRepository(within).people_of(accounts)]
    pairs += [(hand["account"], hand["person"]) for hand in document.get("hands", ())]
    for account, person in pairs:
        if account in people and person is not None:
            people[account].add(bytes(person))
    return people
