"""换绑: a citizen who is bound elsewhere moves to another account of the same channel, or takes such a move back.
A sign-in that was told as new and was not theirs is taken back the same way.

Who moves has given what the register holds and the code that was sent to its phone. The account that was left and the
phone are told at once. For a day passes and leaving wait, and for a week the account that was left can take it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from schema.types.check import CheckKind
from schema.types.enrolment import AccessAction, AccountMove, SignInElsewhere
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Contact, Kind, Principal
from schema.types.scalars import Masked
from scoring import identity
from server.benefits.repository import PassRepository
from server.citizens.consents import contact_id_of
from server.citizens.contacts import Contacts
from server.citizens.holds import refuse_frozen
from server.citizens.model import BoundContactRow, CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.enrolment.checks import About, Checks
from server.enrolment.elsewhere import end_here, newest_elsewhere, sign_in_elsewhere
from server.enrolment.model import AttemptContent, AttemptRow, MoveRow
from server.enrolment.repository import AttemptRepository, MoveRepository
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Sealed, Store
from server.platform.kit.clock import Clock

HOLD = timedelta(hours=24)
MOVE_LIFE = timedelta(minutes=10)
"""For so long after its code was given a citizen who is bound elsewhere may be moved here."""
UNDO_LIFE = timedelta(days=7)
FREEZE = timedelta(days=7)


class MoveService:
    """Implements `schema.api.services.Moves`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        contacts: Contacts,
        checks: Checks,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._contacts = contacts
        self._checks = checks

    @use_case("offer_move")
    async def offer(self, tx: Transaction, attempt: str, *, id_number: str) -> datetime:
        """Let an attempt whose code was right move its citizen here, and tell those accounts; until when."""
        row = await AttemptRepository(tx).get(attempt, contact_id_of(tx.actor))
        if row is None:
            raise Refused(RefusalCode.CODE_EXPIRED, field="attempt")
        if "may_move_until" in row:
            return row["may_move_until"]
        until = tx.now + MOVE_LIFE
        await AttemptRepository(tx).allow_move(attempt, until)
        citizen = await self._citizens.find(id_number, tx)
        if citizen is not None:
            await self._citizens.notify(tx, citizen, "bound_elsewhere", {})
        return until

    async def move(self, caller: Caller, attempt: str) -> tuple[Masked, datetime]:
        """Move the citizen of a confirmed attempt here; the masked name, and until when passes and leaving wait."""
        contact_id = contact_id_of(caller.principal)
        citizen_id = await self._unit_of_work.outcome(caller, "move_account", [attempt])
        if citizen_id is None:
            if caller.principal.kind is Kind.CITIZEN:
                raise Refused(RefusalCode.ALREADY_BOUND)
            person = await self._vault.open((await self._confirmed(self._store, attempt, contact_id))["sealed"])
            citizen = await self._citizens.find(person["id_number"])
            left = [] if citizen is None else _of_channel(citizen, caller.principal.contact)
            new_keys = await self._new_keys(left)
            citizen_id = await self._move(caller, attempt, person=cast(AttemptContent, person), new_keys=new_keys)
        moved = await self._citizens.get(citizen_id)
        name = (await self._vault.open(moved["sealed"]))["name"]
        return Masked(identity.mask_name(name)), moved.get("held_until", self._clock())

    @use_case("move_account")
    async def _move(
        self, tx: Transaction, attempt: str, *, person: AttemptContent, new_keys: Mapping[str, Sealed]
    ) -> str:
        contact, contact_id = tx.actor.contact, contact_id_of(tx.actor)
        await self._confirmed(tx, attempt, contact_id)
        if await CitizenRepository(tx).is_bound(contact_id):
            raise Refused(RefusalCode.ALREADY_BOUND)
        citizen = await self._citizens.find(person["id_number"], tx)
        if citizen is None or citizen["enrolment"] is None or contact is None:
            raise Refused(RefusalCode.CONFLICT)
        await self.refuse_another(tx, citizen, person)
        left = _of_channel(citizen, contact)
        if not left or {bound["hash"] for bound in left} != new_keys.keys():
            raise Refused(RefusalCode.CONFLICT)  # an account was bound or unlinked just now
        before = citizen["sealed"]
        entered: BoundContactRow = {"hash": contact.id, "channel": contact.channel, "bound_at": tx.now}
        citizen["contacts"] = [bound for bound in citizen.get("contacts", []) if bound not in left] + [entered]
        names = {"name": person["name"], "id_number": person["id_number"], "phone": person["phone"]}
        citizen["sealed"] = await self._vault.seal(citizen["key"], names)
        citizen["held_until"] = tx.now + HOLD
        await self._change(tx, citizen, new_keys)
        for bound in left:
            await MoveRepository(tx).insert(_move_row(citizen, bound, contact, before, tx.now))
            await self._contacts.keep_apart(tx, bound["hash"])
            await self._contacts.notify(tx, bound["hash"], "account_moved", {})
        await self._text(tx, citizen, (before, citizen["sealed"]), "account_moved")
        await AttemptRepository(tx).delete(attempt)
        own_tx = _as_citizen(tx, citizen)
        details = {"channel": contact.channel}
        await own_tx.audit(chain_of(citizen["_id"]), AccessAction.ACCOUNT_MOVED.value, details, look=True)
        return citizen["_id"]

    async def moved_away(self, actor: Principal) -> AccountMove | None:
        """The newest move away from the account that asks, while it can take it back."""
        move = None if actor.contact is None else await self._newest_from(self._store, actor.contact.id)
        return None if move is None else AccountMove(moved_at=move["moved_at"], undo_until=move["expires_at"])

    async def undo(self, caller: Caller) -> datetime:
        """Take the newest move away from the account that asks back; until when no account can be bound."""
        contact_id = contact_id_of(caller.principal)
        frozen_until = await self._unit_of_work.outcome(caller, "undo_move")
        if frozen_until is None:
            move = await self._newest_from(self._store, contact_id)
            if move is None and caller.principal.kind is Kind.CITIZEN:
                return await self._undo_sign_in(caller)
            citizen = None if move is None else await CitizenRepository(self._store).get(move["citizen"])
            entered = [] if move is None or citizen is None else _bound_since(citizen, move)
            frozen_until = await self._undo(caller, new_keys=await self._new_keys(entered))
        return cast(datetime, frozen_until)

    async def signed_in_elsewhere(self, actor: Principal) -> SignInElsewhere | None:
        """The newest sign-in of a citizen that was new, while they can say that it was not them."""
        return await sign_in_elsewhere(self._store, actor, self._clock())

    async def _undo_sign_in(self, caller: Caller) -> datetime:
        citizen = await self._citizens.get(caller.principal.id)
        found = await newest_elsewhere(self._store, citizen, self._clock())
        entered = [] if found is None else [found[1]]
        others = [one for one in entered if one["hash"] != contact_id_of(caller.principal)]
        return await self._end_sign_in(caller, new_keys=await self._new_keys(others))

    @use_case("undo_move")
    async def _end_sign_in(self, tx: Transaction, *, new_keys: Mapping[str, Sealed]) -> datetime:
        contact_id = contact_id_of(tx.actor)
        citizen = await self._citizens.get(tx.actor.id, tx)
        found = await newest_elsewhere(tx, citizen, tx.now)
        if found is None:
            raise Refused(RefusalCode.NOTHING_MOVED)
        _, entered = found
        ended = entered["hash"]
        if new_keys.keys() != {ended} - {contact_id}:
            raise Refused(RefusalCode.CONFLICT)  # another one came in just now
        if ended == contact_id:
            await end_here(tx, self._contacts, contact_id)
            citizen["contacts"] = (await self._citizens.get(citizen["_id"], tx))["contacts"]
        else:
            citizen["contacts"] = [one for one in citizen.get("contacts", []) if one["hash"] != ended]
            await self._contacts.keep_apart(tx, ended)
        citizen["frozen_until"] = tx.now + FREEZE
        await self._change(tx, citizen, new_keys)
        if new_keys:
            await self._contacts.notify(tx, ended, "move_undone", {"what": "sign_in"})
        await self._text(tx, citizen, (citizen["sealed"],), "sign_in_ended")
        person = await self._vault.open(citizen["sealed"])
        about = About(person["name"], person["id_number"], citizen["key"], citizen=citizen["_id"])
        await self._checks.ask(tx, CheckKind.NOT_ME, citizen["_id"], about)
        await tx.audit(chain_of(citizen["_id"]), "enrolment.sign_in_ended", {"channel": entered["channel"]})
        return citizen["frozen_until"]

    @use_case("undo_move")
    async def _undo(self, tx: Transaction, *, new_keys: Mapping[str, Sealed]) -> datetime:
        contact_id = contact_id_of(tx.actor)
        move = await self._newest_from(tx, contact_id)
        citizen = None if move is None else await CitizenRepository(tx).get(move["citizen"])
        if move is None or citizen is None or citizen["enrolment"] is None:
            raise Refused(RefusalCode.NOTHING_MOVED)
        entered = _bound_since(citizen, move)
        if {bound["hash"] for bound in entered} != new_keys.keys():
            raise Refused(RefusalCode.CONFLICT)
        now_sealed = citizen["sealed"]
        citizen["contacts"] = [bound for bound in citizen.get("contacts", []) if bound not in entered]
        if not await CitizenRepository(tx).is_bound(contact_id):
            restored: BoundContactRow = {"hash": contact_id, "channel": move["channel"], "bound_at": tx.now}
            citizen["contacts"].append(restored)
        citizen["sealed"] = move["sealed"]
        citizen["frozen_until"] = tx.now + FREEZE
        await self._change(tx, citizen, new_keys)
        for bound in entered:
            await self._contacts.notify(tx, bound["hash"], "move_undone", {})
        await self._text(tx, citizen, (now_sealed, move["sealed"]), "move_undone")
        await MoveRepository(tx).undo(citizen["_id"], move["moved_at"], tx.now)
        person = await self._vault.open(move["sealed"])
        about = About(person["name"], person["id_number"], citizen["key"], citizen=citizen["_id"])
        await self._checks.ask(tx, CheckKind.NOT_ME, citizen["_id"], about)
        own_tx = _as_citizen(tx, citizen)
        details = {"channel": move["channel"]}
        await own_tx.audit(chain_of(citizen["_id"]), AccessAction.ACCOUNT_RESTORED.value, details, look=True)
        return citizen["frozen_until"]

    async def refuse_another(self, tx: Transaction, citizen: CitizenRow, person: AttemptContent) -> None:
        """Refuse who has the number of an enrolled citizen and another name, or binds while that is frozen.

        Refused: NAME_CHANGED, FROZEN.
        """
        if citizen["enrolment"] is None:
            return
        refuse_frozen(citizen, tx.now)
        known = identity.normal_name((await self._vault.open(citizen["sealed"]))["name"])
        if known != identity.normal_name(person["name"]) and not await self._checks.is_lifted(
            tx, CheckKind.NAME_CHANGED, name_subject(person)
        ):
            raise Refused(RefusalCode.NAME_CHANGED)

    async def _change(self, tx: Transaction, citizen: CitizenRow, new_keys: Mapping[str, Sealed]) -> None:
        """Store the citizen with other accounts, and end what the former ones had: chats, sign-ins, passes."""
        person = await self._vault.open(citizen["sealed"])
        indexes = self._citizens.search_indexes(person["name"], person["id_number"])
        citizen["name_index"], citizen["masked_index"] = indexes["name_index"], indexes["masked_index"]
        citizen["version"] += 1
        await CitizenRepository(tx).save_enrolment(citizen)
        await PassRepository(tx).end_all_unused(citizen["_id"], tx.now)
        for contact_id, new_key in new_keys.items():
            await self._contacts.replace_key(tx, contact_id, new_key)

    async def _text(self, tx: Transaction, citizen: CitizenRow, sealed: Iterable[Sealed], notice: str) -> None:
        """A text message to the phone, and to the one before where that has changed."""
        phones = {person["phone"] for person in await self._vault.open_each(sealed)}
        for phone in sorted(phones):
            await tx.notify("sms", citizen["key"], {"phone": phone, "notice": notice})

    async def _confirmed(self, within: Collections, attempt: str, contact_id: str) -> AttemptRow:
        row = await AttemptRepository(within).get(attempt, contact_id)
        if row is None or row.get("may_move_until", row["expires_at"]) <= self._clock() or "may_move_until" not in row:
            raise Refused(RefusalCode.CODE_EXPIRED, field="attempt")
        return row

    async def _newest_from(self, within: Collections, contact_id: str) -> MoveRow | None:
        return await MoveRepository(within).newest_from(contact_id, self._clock())

    async def _new_keys(self, bound: Iterable[BoundContactRow]) -> dict[str, Sealed]:
        return {one["hash"]: await self._vault.create_key() for one in bound}


def name_subject(person: AttemptContent) -> str:
    """What a question about a changed name is about: a number with a name."""
    return f"{person['id_number']}|{identity.normal_name(person['name'])}"


def _of_channel(citizen: CitizenRow, contact: Contact | None) -> list[BoundContactRow]:
    channel = None if contact is None else contact.channel
    return [bound for bound in citizen.get("contacts", []) if bound["channel"] == channel]


def _bound_since(citizen: CitizenRow, move: MoveRow) -> list[BoundContactRow]:
    """Every account that came with a move or after it."""
    return [bound for bound in citizen.get("contacts", []) if bound["bound_at"] >= move["moved_at"]]


def _move_row(citizen: CitizenRow, left: BoundContactRow, entered: Contact, sealed: Sealed, now: datetime) -> MoveRow:
    return {
        "_id": uuid4().hex,
        "citizen": citizen["_id"],
        "left": left["hash"],
        "entered": entered.id,
        "channel": entered.channel,
        "moved_at": now,
        "sealed": sealed,
        "undone_at": None,
        "expires_at": now + UNDO_LIFE,
    }


def _as_citizen(tx: Transaction, citizen: CitizenRow) -> Transaction:
    """The same transaction on behalf of the citizen: whoever moves them acts as them, and their access log says so."""
    return replace(tx, actor=Principal(Kind.CITIZEN, citizen["_id"], tx.actor.contact))
