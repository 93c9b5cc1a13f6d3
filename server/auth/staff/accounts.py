"""Accounts of staff: those with a password here, and those that the city's directory vouches for."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import OPERATOR, Caller, Kind, Principal
from server.auth.staff.directory import Person
from server.auth.staff.errors import DisabledError
from server.auth.staff.model import StaffRow
from server.auth.staff.repository import StaffRepository
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.db import DuplicateError, Store
from server.platform.kit.digests import digest_of

CHAIN = "staff"
"""The audit chain of who may work here."""
_MOST_TRIES = 5
"""Of one account at one address, or on one known device."""
_MOST_OF_STRANGERS = 50
"""Of one account on all devices that are not known: many addresses guess no more than that."""
_PAUSE = timedelta(minutes=15)
_MOST_WAITING = 20
"""Passwords that are looked at or wait: some two seconds of work."""
_LATER_SECONDS = 5
_UNNAMED = "staff"


PASSWORDS = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""Argon2id as OWASP's Password Storage Cheat Sheet recommends it: 46 MiB, one pass, one lane."""


@cache
def _decoy() -> str:
    """What a password is held against where there is no account, so that it takes as long."""
    return PASSWORDS.hash("no such account")


class Accounts:
    """Rows of `staff`. An account's id is what colleagues read; it is never given to another person."""

    def __init__(self, store: Store, unit_of_work: UnitOfWork, throttle: Throttle) -> None:
        self._rows = StaffRepository(store)
        self._unit_of_work = unit_of_work
        self._throttle = throttle
        self._verifying = asyncio.Semaphore(2)  # each takes 46 MiB and some 40 ms, on purpose
        self._waiting = 0
        self._decoy = _decoy()

    async def check(self, account: str, password: str, address: str = "", device: str | None = None) -> StaffRow:
        """The row of an account with this password; `device` is the id of one on which it has signed in before.

        Others' wrong passwords pause neither another address nor a known device.
        Refused: SIGN_IN_FAILED, TOO_MANY_TRIES, TOO_MUCH.
        """
        tries = await self._count(account, address, device)
        staff = await self._rows.local(account)
        password_hash = staff["password_hash"] if staff else self._decoy
        if self._waiting >= _MOST_WAITING:  # a flood makes no colleague wait for long
            await self._take_back(tries)
            raise Refused(RefusalCode.TOO_MUCH, retry_after=_LATER_SECONDS, seconds=_LATER_SECONDS)
        fits = await self._fits(password_hash, password)
        if staff is None or not fits:
            raise Refused(RefusalCode.SIGN_IN_FAILED)
        await self._throttle.clear(tries[0])
        await self._take_back(tries[1:])
        return staff

    async def _count(self, account: str, address: str, device: str | None) -> list[str]:
        """Count a try, and return what it was counted for. Raises Refused (TOO_MANY_TRIES)."""
        if device is not None:
            counted = {_key(account, "device", device): _MOST_TRIES}
        else:
            counted = {_key(account, "address", address): _MOST_TRIES, _key(account, "strangers"): _MOST_OF_STRANGERS}
        for throttle_key, most in counted.items():
            await self._throttle.spend(throttle_key, most, _PAUSE)
        return list(counted)

    async def _take_back(self, tries: Sequence[str]) -> None:
        for throttle_key in tries:
            await self._throttle.refund(throttle_key)

    async def _fits(self, password_hash: str, password: str) -> bool:
        self._waiting += 1
        try:
            async with self._verifying:
                return await asyncio.to_thread(self._verify, password_hash, password)
        finally:
            self._waiting -= 1

    def hash(self, password: str) -> str:
        """Argon2id, with the parameters of RFC 9106's second choice."""
        return PASSWORDS.hash(password)

    async def of_person(self, person: Person, role: Kind) -> StaffRow:
        """The account of a person whom the provider vouches for, made at the first sign-in; its role follows.

        Raises:
            DisabledError: the account has been disabled here.
        """
        row = await self._rows.by_identity(person.identity) or await self._made(person, role)
        if not row["active"]:
            raise DisabledError
        await self.follow(row["_id"], role)
        row["role"] = role.value
        return row

    async def follow(self, account: str, role: Kind) -> None:
        """Give an account the role that the provider says; nothing happens where it has it."""
        if await self._rows.has_other_role(account, role.value):
            await self._follow(Caller(Principal(role, account)), role)

    @use_case("staff_role")
    async def _follow(self, tx: Transaction, role: Kind) -> None:
        account = tx.actor.id
        before = await StaffRepository(tx).set_role(account, role.value)
        if before is not None:
            details = {"account": account, "from": before["role"], "to": role.value}
            await tx.audit(CHAIN, "staff.role", details)

    async def add(self, row: StaffRow, actor: Principal = OPERATOR) -> None:
        """A new account. Raises DuplicateError where its id or its person has one."""
        await self._add(Caller(actor), row)

    @use_case("staff_add")
    async def _add(self, tx: Transaction, row: StaffRow) -> None:
        await StaffRepository(tx).insert(row)
        await tx.audit(CHAIN, "staff.added", {"account": row["_id"], "role": row["role"]})

    async def change(self, account: str, action: str, values: Mapping[str, object]) -> bool:
        """Change an account on an operator's behalf, with its audit link; False where there is none."""
        return await self._change(Caller(OPERATOR), account, action, values)

    @use_case("staff_change")
    async def _change(self, tx: Transaction, account: str, action: str, values: Mapping[str, object]) -> bool:
        found = await StaffRepository(tx).change(account, values)
        if found is not None:
            await tx.audit(CHAIN, action, {"account": account})
        return found is not None

    async def get(self, account: str) -> StaffRow | None:
        """An account."""
        return await self._rows.get(account)

    async def every(self) -> list[StaffRow]:
        """Every account, by its id."""
        return await self._rows.every()

    async def _made(self, person: Person, role: Kind) -> StaffRow:
        for handle in _handles(person.handle or _UNNAMED):
            row: StaffRow = {
                "_id": handle,
                "name": person.name,
                "role": role.value,
                "active": True,
                "id_index": None,
                "identity": person.identity,
            }
            try:
                await self.add(row, Principal(role, handle))
            except DuplicateError:  # the name is taken, or the person has just signed in elsewhere
                if (known := await self._rows.by_identity(person.identity)) is not None:
                    return known
            else:
                return row
        raise AssertionError

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return PASSWORDS.verify(password_hash, password)
        except Argon2Error:
            return False


def _key(*parts: str) -> str:
    """What tries are counted for; who it is cannot be read from it."""
    return f"sign-in:{digest_of(chr(0).join(parts))}"


def _handles(wanted: str) -> Iterator[str]:
    yield wanted
    yield from (f"{wanted}-{n}" for n in range(2, 10))
    while True:
        yield f"{wanted}-{secrets.token_hex(4)}"
