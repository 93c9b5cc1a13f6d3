"""Queries of staff accounts; the collection of their sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.auth.staff.model import StaffRow, StaffSessionRow
from server.platform.db import Collection, Collections, Document, Index, Owned, Store

STAFF = "staff"
SESSIONS = "staff_sessions"
COLLECTIONS = (STAFF, SESSIONS)
INDEXES: tuple[Index, ...] = (
    (STAFF, [("identity", 1)], {"unique": True, "partialFilterExpression": {"identity": {"$exists": True}}}),
    (SESSIONS, [("until", 1)], {"expireAfterSeconds": 0}),
    (SESSIONS, [("staff", 1)], {}),
    (SESSIONS, [("identity", 1)], {"partialFilterExpression": {"identity": {"$exists": True}}}),
    (SESSIONS, [("sid", 1)], {"partialFilterExpression": {"sid": {"$exists": True}}}),
)
OWNED: tuple[Owned, ...] = ()


class StaffRepository:
    """Accounts, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[StaffRow] = within[STAFF]

    async def get(self, account: str) -> StaffRow | None:
        """An account."""
        return await self._rows.find_one({"_id": account})

    async def local(self, account: str) -> StaffRow | None:
        """An active account with a password here."""
        return await self._rows.find_one({"_id": account, "active": True, "password_hash": {"$exists": True}})

    async def by_identity(self, identity: str) -> StaffRow | None:
        """The account of a person whom the directory vouches for."""
        return await self._rows.find_one({"identity": identity})

    async def every(self) -> list[StaffRow]:
        """Every account, by its id."""
        return await self._rows.find({}).sort([("_id", 1)]).to_list(None)

    async def accounts_of(self, person: bytes) -> list[str]:
        """The accounts of a person."""
        rows = await self._rows.find({"id_index": person}, {"_id": 1}).to_list(None)
        return [row["_id"] for row in rows]

    async def people_of(self, accounts: Sequence[str]) -> list[StaffRow]:
        """Accounts with nothing but their persons."""
        return await self._rows.find({"_id": {"$in": list(accounts)}}, {"id_index": 1}).to_list(None)

    async def insert(self, *rows: StaffRow) -> None:
        """Store new accounts. Raises DuplicateError of one, DuplicatesError of several."""
        if len(rows) == 1:
            await self._rows.insert_one(rows[0])
        else:
            await self._rows.insert_many(rows)

    async def has_other_role(self, account: str, role: str) -> bool:
        """Whether an account has another role than this one."""
        return await self._rows.find_one({"_id": account, "role": {"$ne": role}}, {"_id": 1}) is not None

    async def set_role(self, account: str, role: str) -> StaffRow | None:
        """Give an account another role; as it was, or None where it had this one."""
        other = {"_id": account, "role": {"$ne": role}}
        return await self._rows.find_one_and_update(other, {"$set": {"role": role}})

    async def change(self, account: str, values: Mapping[str, object]) -> StaffRow | None:
        """Change an account; as it was, or None where there is none."""
        return await self._rows.find_one_and_update({"_id": account}, {"$set": values})


async def people_behind(within: Collections, accounts: Sequence[str]) -> dict[str, bytes | None]:
    """The person behind each of these accounts, None where that is not known; others are left out."""
    return {row["_id"]: row["id_index"] for row in await StaffRepository(within).people_of(accounts)}


def session_rows(within: Collections) -> Collection[StaffSessionRow]:
    """Sessions of staff."""
    return within[SESSIONS]


async def session_with_account(store: Store, session_id: str) -> Document | None:
    """A session with its `account`, in one call; None where either is not there."""
    account = {"from": STAFF, "localField": "staff", "foreignField": "_id", "as": "account"}
    pipeline: list[Document] = [{"$match": {"_id": session_id}}, {"$lookup": account}, {"$unwind": "$account"}]
    found = await store.aggregate(SESSIONS, pipeline)
    return found[0] if found else None
