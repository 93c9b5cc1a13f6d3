"""Propose and approve versions of the city's folder, and put the approved one in force on its day."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.programme import CityVersion, CityVersionState
from scoring.dated import Text
from scoring.scheme import Scheme
from server.platform.core.in_force import SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.db import Collections, Store
from server.platform.kit.clock import Clock, day_of
from server.platform.kit.errors import OperatorError
from server.scores.versions.files import digest_of_files, scheme_of
from server.scores.versions.model import SchemeVersionRow
from server.scores.versions.repository import SchemeVersionRepository
from server.scores.versions.succession import dropped

log = logging.getLogger("egret.scheme")
_LISTED = 20
YOUR_VERSION = Text(zh="这个版本是您提出的。", en="you proposed this version.")
CHAIN = "scheme"
"""The audit chain of which scheme is in force."""


People = Callable[[Collections, Sequence[str]], Awaitable[Mapping[str, bytes | None]]]
"""Says which person is behind each account, None where that is not known."""


class VersionError(OperatorError):
    """A version cannot be proposed or withdrawn; the text says why and what to do."""


class SchemeVersions:
    """Versions of the scheme that this city runs."""

    def __init__(
        self, store: Store, unit_of_work: UnitOfWork, clock: Clock, in_force: SchemeInForce, people: People
    ) -> None:
        self._people = people
        self._store = store
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._in_force = in_force
        in_force.look_up_former_in(self._former)
        self._taken: str | None = None
        self._refused: str | None = None

    async def every(self) -> list[SchemeVersionRow]:
        """All versions without their files, the newest first."""
        return await SchemeVersionRepository(self._store).every()

    async def propose(self, caller: Caller, files: Mapping[str, str], label: str, effective_on: date) -> str:
        """Store the files of a folder as a version that waits for another steward; its id.

        Raises:
            ValueError: the files do not make a usable scheme; the text names file and line. Nothing is stored.
            VersionError: it is of another scheme, drops what history names, has the `version` of other figures, or a
                day that is over.
        """
        scheme = await asyncio.to_thread(scheme_of, files, label)
        self._refuse(scheme, effective_on)
        await self._refuse_same_name(scheme)
        row: SchemeVersionRow = {
            "_id": f"{effective_on:%Y%m%d}-{secrets.token_hex(3)}",
            "scheme": scheme.id,
            "version": scheme.version,
            "digest": digest_of_files(files),
            "effective_on": effective_on.isoformat(),
            "files": dict(files),
            "state": CityVersionState.PROPOSED.value,
            "proposed_by": caller.principal.id,
            "proposed_at": self._clock(),
            "approved_by": None,
            "approved_at": None,
        }
        await self._propose(caller, row)
        return row["_id"]

    def _refuse(self, scheme: Scheme, effective_on: date) -> None:
        now, today = self._in_force.scheme, day_of(self._clock())
        if scheme.id != now.id:
            raise VersionError(f"It is a version of {scheme.id}, but this city runs {now.id}; keep the id.")
        _refuse_other_figures(scheme, now)
        if effective_on < today:
            raise VersionError(f"{effective_on} is over; a version takes effect today ({today}) or later.")
        if gone := dropped(now, scheme):
            raise VersionError(
                f"{gone}: history, records and passes name it. Keep it, and end its values with `until`."
            )

    async def _refuse_same_name(self, scheme: Scheme) -> None:
        """One name, one set of figures, also among those that wait."""
        for known in await self._former(scheme.version):
            _refuse_other_figures(scheme, known)

    @use_case("scheme_propose")
    async def _propose(self, tx: Transaction, row: SchemeVersionRow) -> None:
        await SchemeVersionRepository(tx).insert(row)
        await tx.audit(CHAIN, "scheme.proposed", _told(row))

    async def listed(self, actor: Principal) -> list[CityVersion]:
        return [_view(row, actor) for row in (await self.every())[:_LISTED]]

    async def approve(self, caller: Caller, code: str) -> CityVersion:
        """Let a version take effect, as a second person; it is in force in this process at once, or from its day on.

        A day that is over by now becomes today: the past is never assessed by another version than it was.

        Raises:
            ValueError: this release cannot make a usable scheme of its files any more.
            Refused: NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, or CONFLICT where it does not wait, or drops what is in force
                by now.
        """
        row = await SchemeVersionRepository(self._store).get(code)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND)
        scheme = await asyncio.to_thread(scheme_of, row["files"], _label(row))
        if gone := dropped(self._in_force.scheme, scheme):
            raise Refused(RefusalCode.CONFLICT, message=_drops(gone))
        await self._approve(caller, row)
        await self.follow()
        approved = await SchemeVersionRepository(self._store).get(code)
        return _view(approved or row, caller.principal)

    @use_case("scheme_approve")
    async def _approve(self, tx: Transaction, row: SchemeVersionRow) -> None:
        await self._refuse_same_person(tx, row["proposed_by"])
        row["effective_on"] = max(row["effective_on"], tx.today.isoformat())
        values: dict[str, object] = {
            "state": CityVersionState.APPROVED.value,
            "effective_on": row["effective_on"],
            "approved_by": tx.actor.id,
            "approved_at": tx.now,
        }
        if not await SchemeVersionRepository(tx).settle(row["_id"], values):
            raise Refused(RefusalCode.CONFLICT)
        await tx.audit(CHAIN, "scheme.approved", _told(row))

    async def _refuse_same_person(self, tx: Transaction, proposed_by: str) -> None:
        """Two people stand for a version, not two accounts. Refused: FOUR_EYES, PERSON_UNKNOWN."""
        account = tx.actor.id
        people = await self._people(tx, [account, proposed_by])
        if account != proposed_by:
            for one in (account, proposed_by):
                if people.get(one) is None:
                    raise Refused(RefusalCode.PERSON_UNKNOWN, account=one)
        if account == proposed_by or people[account] == people[proposed_by]:
            raise Refused(RefusalCode.FOUR_EYES, why=YOUR_VERSION)

    async def withdraw(self, caller: Caller, version_id: str) -> None:
        """Take back a version that waits for approval or for its day. Raises VersionError where it does neither."""
        await self._withdraw(caller, version_id)

    @use_case("scheme_withdraw")
    async def _withdraw(self, tx: Transaction, version_id: str) -> None:
        if not await SchemeVersionRepository(tx).withdraw(version_id, tx.today.isoformat()):
            raise VersionError(f"{version_id} waits neither for approval nor for its day; see: egret scheme versions")
        await tx.audit(CHAIN, "scheme.withdrawn", {"id": version_id})

    async def _former(self, version: str) -> list[Scheme]:
        """The schemes of the stored versions of a name, as far as this release can read them."""
        found = []
        for row in await SchemeVersionRepository(self._store).of_version(self._in_force.scheme.id, version):
            with contextlib.suppress(ValueError):
                found.append(await asyncio.to_thread(scheme_of, row["files"], _label(row)))
        return found

    async def follow(self) -> bool:
        """Put the version of today in force in this process; False where it is already.

        One that this release cannot read is logged once, and what was in force stays.
        """
        rows = SchemeVersionRepository(self._store)
        wanted = await rows.in_force(self._in_force.scheme.id, day_of(self._clock()).isoformat())
        if wanted is None or wanted in (self._taken, self._refused):
            return False
        row = await rows.get(wanted)
        if row is None:
            return False
        try:
            scheme = await asyncio.to_thread(scheme_of, row["files"], _label(row))
        except ValueError as error:
            self._refused = wanted
            log.error("version %s of %s cannot be read, what was in force stays: %s", wanted, row["scheme"], error)
            return False
        self._in_force.replace(scheme)
        self._taken, self._refused = wanted, None
        log.info("%s %s is in force (version %s)", scheme.id, scheme.version, wanted)
        return True


def _refuse_other_figures(scheme: Scheme, known: Scheme) -> None:
    if scheme.version == known.version and scheme.digest != known.digest:
        raise VersionError(f"The figures differ from {known.id} {known.version}: give it another `version`.")


def _drops(gone: str) -> Text:
    return Text(
        zh=f"这个版本缺少{gone}，而现行版本、历史和记录都用到它。请撤回，补上后重新提出；不再使用的，用until结束。",
        en=f"This version lacks {gone}, which the one in force, history and records name. Withdraw it, add it, end its "
        "values with `until` where it is no longer wanted, and propose it again.",
    )


def _label(row: SchemeVersionRow) -> str:
    return f"{row['scheme']}-{row['_id']}"


def _told(row: SchemeVersionRow) -> dict[str, object]:
    version = {"scheme": row["scheme"], "version": row["version"]}
    return {"id": row["_id"], **version, "digest": row["digest"], "effective_on": row["effective_on"]}


def _view(row: SchemeVersionRow, actor: Principal) -> CityVersion:
    waits = row["state"] == CityVersionState.PROPOSED.value
    return CityVersion(
        code=row["_id"],
        scheme=row["scheme"],
        version=row["version"],
        digest=row["digest"],
        effective_on=date.fromisoformat(row["effective_on"]),
        state=CityVersionState(row["state"]),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        approved_by=row["approved_by"],
        approved_at=row["approved_at"],
        can_approve=waits and actor.kind is Kind.STEWARD and actor.id != row["proposed_by"],
    )
