"""Conversations: one document for each contact that is talking to us.

It holds the dialog's sealed state with a revision, who is answering just now, whose contact it is,
the messages that wait with the newest replies, and what the platform lets us send afterwards
(`server/notices/windows.py`). Whatever unlinks a contact empties it; with the contact only the knowledge of which
messages came is left, for as long as the platform may send one late. One document means that a message
is claimed, its person locked and the dialog read in one round trip, and that the new state, the reply
and the release are saved in another. Messages of the same moment share theirs, three for all of them.
What is written should be small, and nothing in it should move: MongoDB keeps each version for a while.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from server.citizens.repository import CONVERSATIONS
from server.notices.windows import LONGEST, opened
from server.platform.db import Collections, Document, DuplicateError, Sealed, Store
from server.platform.db.batch_loader import BatchLoader, Update, update_each
from server.platform.kit.clock import Clock
from server.scores.repository import standing_of

IDLE = timedelta(minutes=30)
"""After such a silence a dialog is over, and erased; one that `rests` asks again before it goes on."""
REST = timedelta(hours=12)
"""How long one that rests is kept: half as long as the photos that were sent in it (`server/disputes/evidence.py`)."""
LEASE = timedelta(seconds=4.5)
"""Shorter than the 5 s after which WeChat sends a message again."""
GONE = timedelta(seconds=12)
"""After so long WeChat no longer sends a message, and no process works on it: it is ours to finish."""
WAITING = 12
"""How many messages of a contact may wait at once; more wait to be let in."""
KEPT = WAITING
"""How many of a contact's newest replies are kept, for the platform's retries within seconds: so many may be under way.

Each has its own place: a list would be written whole with each message. They also tell who saved, and so who had lost
the lock: a process that asks after so many more messages gets no for an answer, and its message is sent again.
"""
CLAIMS = 50
"""How many messages at least are known again; a signature is good for five minutes.

Older ones are cut off once in as many messages: a list that loses its first with each message is written whole.
"""
_MOST_CLAIMS = 4 * CLAIMS
"""What a list never exceeds, though nothing could be saved for a while."""


@dataclass(frozen=True, slots=True)
class MessageClaim:
    """One message at its contact: `claim` names the message, `owner` who works on it, `turn` how many came before.

    `created` is when the platform says that it was sent, in seconds.
    """

    contact: str
    claim: bytes
    owner: str
    turn: int = 0
    created: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a message that was taken or saved, and the conversation where that came back with it.

    Of those taken together it is not known who got the lock: it has to be read.
    """

    done: bool = True
    row: Document | None = None


class Conversations:
    """Claims messages, locks, saves."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._rows = store.quick(CONVERSATIONS)
        self._claims = store.quick(CONVERSATIONS, provisional=True)
        self._clock = clock
        self._writing = BatchLoader(self._write_each)
        self._reading = BatchLoader(self._read_each)
        self._whose: OrderedDict[str, str] = OrderedDict()
        """The citizens of contacts seen lately: a guess, that what is read confirms."""

    async def take(self, at: MessageClaim, window: str | None) -> Document | None:
        """Claim a message and lock its contact: the conversation, or None where either is taken already."""
        written = await self._writing.load((at, self._taken(at, window)))
        row = written.row
        if row is None and written.done:
            row = await self._reading.load(at.contact)
        return row if row is not None and row["locked_by"] == at.owner else None

    async def _write_each(self, asked: Sequence[tuple[MessageClaim, Update]]) -> list[Written]:
        """Messages taken, which are upserts, and messages saved, in one call."""
        updates = [update for _, update in asked]
        if len(asked) == 1 and updates[0].upsert:
            return [await self._take_one(updates[0])]
        found = await update_each(self._rows, updates)
        if found == sum(not update.upsert for update in updates):
            return [Written()] * len(asked)
        saved = await self._were_saved(asked)
        return [Written(update.upsert or done) for update, done in zip(updates, saved, strict=True)]

    async def _were_saved(self, asked: Sequence[tuple[MessageClaim, Update]]) -> list[bool]:
        """Some lost their locks; a call for many does not say which."""
        if len(asked) == 1:
            return [False]
        found = self._rows.find({"_id": {"$in": [at.contact for at, _ in asked]}}, {"replies": 1})
        replies = [r for row in await found.to_list(None) for r in row.get("replies", {}).values()]
        done = {(r["claim"], r.get("by")) for r in replies}
        return [(at.claim, at.owner) in done for at, _ in asked]

    async def _read_each(self, contacts: Sequence[str]) -> list[Document | None]:
        """Conversations, each with its citizen's current assessment (`standing`) if we know the citizen."""
        whose = [citizen for contact in contacts if (citizen := self._whose.get(contact)) is not None]
        mine: list[Document] = [{"$match": {"_id": {"$in": contacts}}}, {"$project": _seen()}]
        pipeline = [*mine, standing_of(whose, "standing_of")]
        found = await (await self._claims.aggregate(pipeline)).to_list(None)
        standing = {row["standing_of"]: row for row in found if "standing_of" in row}
        rows = {row["_id"]: row for row in found if "standing_of" not in row}
        for row in rows.values():
            row["standing"] = standing.get(row.get("citizen"))
        for contact in contacts:
            self._remember(contact, rows.get(contact, {}).get("citizen"))
        return [rows.get(contact) for contact in contacts]

    def _remember(self, contact: str, citizen: str | None) -> None:
        if citizen is None:
            self._whose.pop(contact, None)
        else:
            self._whose[contact] = citizen
            self._whose.move_to_end(contact)
            if len(self._whose) > _REMEMBERED:
                self._whose.popitem(last=False)

    async def _take_one(self, update: Update) -> Written:
        try:
            row = await self._claims.find_one_and_update(
                update.query, update.change, projection=_seen(), upsert=True, return_document=True
            )
        except DuplicateError:
            return Written(done=False)
        return Written(row=row)

    async def claim(self, at: MessageClaim, window: str | None) -> bool:
        """Claim a message whose contact is locked; False where it is claimed already, or too many wait."""
        query = {"_id": at.contact} | _unclaimed(at) | _ROOM
        return bool((await self._rows.update_one(query, _entry(at, window, self._clock()))).matched_count)

    async def lock(self, at: MessageClaim) -> Document | None:
        """Lock the contact of the message whose turn it is; None where that is another's, or it is answered."""
        still = {"recent": {"$elemMatch": {"claim": at.claim, "pending": {"$exists": True}}}}
        now = self._clock()
        query = _free(at.contact, now) | still | _first(at, now)
        return await self._rows.find_one_and_update(
            query, {"$set": _locked(at, now)}, projection=_seen(), return_document=True
        )

    async def entry(self, at: MessageClaim) -> Document | None:
        """What is kept of a message: `pending` until it is answered, then the sealed `reply`, if any.

        None where it is not known at all, as after its conversation was erased.
        """
        seen = {
            "recent": {"$elemMatch": {"claim": at.claim}},
            "claims": {"$elemMatch": {"$eq": at.claim}},
            "replies": 1,
        }
        row = await self._rows.find_one({"_id": at.contact}, seen) or {}
        if not row.get("claims") and not row.get("recent"):
            return None
        entry: Document = next(iter(row.get("recent", ())), {"claim": at.claim})
        kept = (r["reply"] for r in row.get("replies", {}).values() if r["claim"] == at.claim)
        return {**entry, "reply": next(kept, None)}

    async def renew(self, at: MessageClaim, message: Sealed | None = None) -> bool:
        """Keep the lock, and the claim, while the work goes on; and the message, should this process die.

        False where it is not claimed yet, so that nothing keeps it.
        """
        locked = {"_id": at.contact, "locked_by": at.owner}
        now = self._clock()
        await self._rows.update_one(locked, {"$set": _locked(at, now)})
        values: Document = {"$set": {"recent.$[m].pending": now}}
        if message is not None:
            values["$set"]["recent.$[m].message"] = message
        pending = [{"m.claim": at.claim, "m.pending": {"$exists": True}}]
        claimed = {"_id": at.contact, "claims": at.claim}
        return bool((await self._rows.update_one(claimed, values, array_filters=pending)).matched_count)

    async def save(
        self, at: MessageClaim, state: Mapping[str, object], reply: Sealed | None, within: Collections | None = None
    ) -> bool:
        """The new state and the reply, and the lock given back; False where the lock was lost meanwhile.

        Also where the contact has another key than the one in the state, since its chat was emptied.
        """
        values = {
            **state,
            "state_at": _until_full(self._clock(), 60),
            "locked_by": None,
            f"replies.{_place(at)}": _answered(at, reply),
        }
        change: Document = {"$set": values, "$inc": {"revision": 1}, "$pull": {"recent": {"claim": at.claim}}}
        if at.turn % CLAIMS == 0:
            change["$push"] = {"claims": {"$each": [], "$slice": -CLAIMS}}
        key = {"$in": [None, state.get("key")]}
        query = {"_id": at.contact, "locked_by": at.owner, "recent.claim": at.claim, "key": key}
        if within is None:
            return (await self._writing.load((at, Update(query, change)))).done
        return bool((await within[CONVERSATIONS].update_one(query, change)).matched_count)

    async def renew_key(self, contact: str, gone: Sealed, key: Sealed) -> None:
        """Empty a conversation that was saved under a key which is gone, as in the moment of leaving."""
        said = {"sealed": "", "state_at": ""}
        emptied = {"$set": {"key": key, "citizen": None, "replies": {}}, "$unset": said}
        await self._rows.update_one({"_id": contact, "key": gone}, emptied)

    async def unlock(self, at: MessageClaim) -> None:
        """Give the lock back without an answer."""
        await self._rows.update_one({"_id": at.contact, "locked_by": at.owner}, {"$set": {"locked_by": None}})

    async def left_behind(self) -> tuple[str, list[Document]] | None:
        """A contact with messages that a dead process left, and those messages; they are ours for a while."""
        moment = self._clock()
        now = moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as precise as the database keeps it
        old = {"$lt": now - GONE}
        row = await self._rows.find_one_and_update(
            {"recent.pending": old},
            {"$set": {"recent.$[m].pending": now}, "$inc": {"recent.$[m].tries": 1}},
            array_filters=[{"m.pending": old}],
            return_document=True,
        )
        if row is None:
            return None
        return row["_id"], [entry for entry in row["recent"] if entry.get("pending") == now and entry["tries"]]

    async def drop(self, contact: str, claim: bytes) -> None:
        """Give a message up."""
        await self._rows.update_one({"_id": contact}, {"$pull": {"recent": {"claim": claim}}})

    async def is_news(self, at: MessageClaim) -> bool:
        """Whether an event that is no message of the dialog comes for the first time, and nothing newer came before."""
        known = {"_id": at.contact, "$or": [{"claims": at.claim}, {"newest": {"$gt": at.created}}]}
        return await self._rows.find_one(known, {"_id": 1}) is None

    async def heeded(self, at: MessageClaim) -> None:
        """Know such an event again."""
        change: Document = {
            "$push": {"claims": {"$each": [at.claim], "$slice": -_MOST_CLAIMS}},
            "$setOnInsert": {"recent": [], "expires_at": _until_full(self._clock() + LONGEST, 3600)},
        }
        await self._rows.update_one({"_id": at.contact}, change, upsert=True)

    async def set_aside(self, contact: str) -> None:
        """Forget what the dialog was at: it was done elsewhere."""
        await self._rows.update_one({"_id": contact}, {"$unset": {"sealed": "", "citizen": ""}})

    async def forget_idle(self) -> int:
        """Erase what conversations hold that fell silent, of those that rest only the replies; how many are erased."""
        now = self._clock()
        idle = {"state_at": {"$lt": now - IDLE}, "recent.pending": {"$exists": False}}
        over = {"$or": [{"rests": {"$ne": True}}, {"state_at": {"$lt": now - REST}}]}
        gone = {"sealed": "", "state_at": "", "replies": "", "rests": ""}
        erased = await self._rows.update_many(idle | over, {"$unset": gone, "$set": {"recent": []}})
        await self._rows.update_many(idle | {"replies": {"$ne": {}}}, {"$set": {"replies": {}, "recent": []}})
        return int(erased.modified_count)

    def _taken(self, at: MessageClaim, window: str | None) -> Update:
        now = self._clock()
        change = _entry(at, window, now)
        change["$set"] |= _locked(at, now)
        idle = {"recent": {"$not": {"$elemMatch": {"pending": {"$gt": now - LEASE}}}}}  # which a living process has
        return Update(_free(at.contact, now) | _unclaimed(at) | idle | _ROOM, change, upsert=True)


_REMEMBERED = 20_000
_ROOM: Document = {"$nor": [{f"recent.{WAITING - 1}": {"$exists": True}, "recent.0.pending": {"$exists": True}}]}
"""Never push an unanswered message out of the list."""


def _until_full(moment: datetime, seconds: int) -> datetime:
    """Up to the next full minute or hour, so that an index is not written with each message."""
    return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)


def _place(at: MessageClaim) -> str:
    return str(at.turn % KEPT)


def _answered(at: MessageClaim, reply: Sealed | None) -> Document:
    """What is kept of a message that was answered; no reply of one that was answered too late."""
    return {"claim": at.claim, "by": at.owner, "reply": reply}


def _unclaimed(at: MessageClaim) -> Document:
    return {"claims": {"$ne": at.claim}}


def _seen() -> Document:
    fields = (
        "key",
        "language",
        "citizen",
        "sealed",
        "state_at",
        "waited_for",
        "revision",
        "locked_by",
        "newest",
        "left",
    )
    return dict.fromkeys(fields, 1)


def _free(contact: str, now: datetime) -> Document:
    return {"_id": contact, "$or": [{"locked_by": None}, {"locked_until": {"$lte": now}}]}


def _first(at: MessageClaim, now: datetime) -> Document:
    """No other message that a living process waits with came before this one."""
    alive = {"$or": [{"$eq": ["$$this.claim", at.claim]}, {"$gt": ["$$this.pending", now - LEASE]}]}
    first = {"$first": {"$filter": {"input": "$recent", "cond": alive}}}
    return {"$expr": {"$eq": [{"$let": {"vars": {"first": first}, "in": "$$first.claim"}}, at.claim]}}


def _locked(at: MessageClaim, now: datetime) -> Document:
    return {"locked_by": at.owner, "locked_until": now + LEASE}


def _entry(at: MessageClaim, window: str | None, now: datetime) -> Document:
    entry = {"claim": at.claim, "pending": now, "tries": 0}
    values: Document = {"expires_at": _until_full(now + LONGEST, 3600)}
    if window is not None:
        values |= {f"windows.{name}": opened for name, opened in opened(window, now).items()}
    pushed = {
        "recent": {"$each": [entry], "$slice": -WAITING},
        "claims": {"$each": [at.claim], "$slice": -_MOST_CLAIMS},
    }
    return {"$set": values, "$push": pushed, "$max": {"newest": at.created}}
