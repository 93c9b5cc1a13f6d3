"""Nothing that names a person is readable in the database, its oplog, files and log; nothing at all after leaving.

A thousand made-up people, whose every name, ID number, phone, account, document number and word starts with a canary,
do what people do. Then every byte that the database keeps is searched for the canaries.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import bson
import pytest
import pytest_asyncio
from bson.binary import Binary
from pymongo import AsyncMongoClient

from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import DisputeReason
from scoring.identity import Identity
from server.container.collections import INDEXES
from server.platform.crypto.vault import KeyDestroyedError, Vault
from server.platform.db import prepare
from server.platform.db.embedded import embedded_mongod
from server.platform.db.store import as_sealed
from tests.support.people import id_number, record
from tests.support.photos import opened, photo
from tests.support.world import Chat, World

PEOPLE = 1000
HALFWAY = 20
"""So many more stop in the middle of binding, with all that they typed in the state of the chat."""
AT_ONCE = 20
NAME, ID, PHONE, ACCOUNT, DOCUMENT, WORDS = "龘靐齉", "35019919", "1991234", "o-canary-", "CANARY-DOC-", "金丝雀说的话"
CANARIES = {
    f"{text} in {encoding}": text.encode(encoding)
    for text in (NAME, ID, PHONE, ACCOUNT, DOCUMENT, WORDS)
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
} | {"a JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF"}
T = TypeVar("T")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canaries")


@pytest_asyncio.fixture(scope="module")
async def mongodb_uri(folder: Path) -> AsyncIterator[str]:
    """A server of its own, whose files no one else writes and where nothing expires meanwhile."""
    async with embedded_mongod(folder) as uri:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
        await client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        await client.close()
        yield uri


def person(n: int) -> Identity:
    number = id_number(f"19{70 + n // 365:02d}{1 + n % 12:02d}{1 + n % 28:02d}", n % 1000)
    return Identity(f"{NAME}{chr(0x4E00 + n)}", number, f"{PHONE}{n:04d}")


async def each(work: Callable[[int], Awaitable[T]], numbers: Sequence[int], at_once: int = 8) -> list[T]:
    """Do something for many people, some at a time."""
    free = asyncio.Semaphore(at_once)

    async def one(n: int) -> T:
        async with free:
            return await work(n)

    return list(await asyncio.gather(*(one(n) for n in numbers)))


async def whole_database(uri: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every document of every collection of every database, as it is stored: the oplog and GridFS among them."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
    for database in await client.list_database_names():
        for collection in await client[database].list_collection_names():
            async for batch in client[database][collection].find_raw_batches({}):
                yield f"{database}.{collection}", cast(bytes, batch)
    await client.close()


async def files(folder: Path, uri: str) -> dict[str, bytes]:
    """The files of the database and its log, after everything was written to them."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
    await client.admin.command("fsync")
    await client.close()
    return await asyncio.to_thread(_read_all, folder)


def _read_all(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "mongod.lock"]
    return {path.name: path.read_bytes() for path in found}


def found_in(place: str, content: bytes) -> list[str]:
    return [f"{name}: {place}" for name, canary in CANARIES.items() if canary in content]


async def search(folder: Path, uri: str) -> tuple[list[str], set[str]]:
    """Every canary with where it was found, and every place that was searched."""
    found, places = [], set()
    async for place, content in whole_database(uri):
        found += found_in(place, content)
        places.add(place)
    for place, content in (await files(folder, uri)).items():
        found += found_in(place, content)
        places.add(place)
    return found, places


def sealed_in(value: Any) -> Iterator[bytes]:
    """Everything sealed inside a document, however deep; what is packed in GridFS comes by itself."""
    if isinstance(value, Binary) and value.subtype == 128:
        yield bytes(value)
    elif isinstance(value, dict):
        for part in value.values():
            yield from sealed_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from sealed_in(part)


async def everything_sealed(uri: str) -> set[bytes]:
    """What a thief of the database has, its oplog included."""
    kept: set[bytes] = set()
    async for place, batch in whole_database(uri):
        for document in bson.decode_all(batch):
            kept.update(sealed_in(document))
            if place.endswith(".files.chunks"):
                kept.add(bytes(document["data"]))
    return kept


async def live(world: World) -> list[Principal]:
    """Everybody gets a record, binds in the chat, disputes it with words and a photo, and goes on talking."""
    people = [person(n) for n in range(PEOPLE + HALFWAY)]
    await world.register(*people)
    for n, someone in enumerate(people):
        parking = record("traffic.illegal-parking", "2026-09-02", f"{DOCUMENT}{n}")
        await world.deliver(someone, parking)
    chats = [Chat(world, f"{ACCOUNT}{n}") for n in range(len(people))]

    async def asks(n: int) -> None:
        someone = people[n]
        said = ("绑定", "1", someone.name, someone.id_number, someone.phone)
        for text in said if n < PEOPLE else said[:4]:
            await chats[n].say(text)

    codes: dict[str, str] = {}
    picture = photo(size=(16, 16))

    async def goes_on(n: int) -> Principal:
        digits = "".join(c for c in codes[people[n].phone] if c.isdigit())
        await chats[n].say(digits[:6])
        citizen = await world.container.citizens.find(people[n].id_number)
        assert citizen is not None
        assert citizen["enrolment"] is not None, chats[n].heard
        known = await world.container.contacts.get(citizen["contacts"][0]["hash"])
        assert known is not None
        me = Principal(Kind.CITIZEN, citizen["_id"], known.contact)
        with opened(picture) as file:
            assert await world.container.evidence.put_in_box(me, "box", file) == 1
        photos = [p.key for p in await world.container.evidence.boxed(me, "box")]
        held = await world.container.store["records"].find_one({"citizen": me.id})
        assert held is not None
        words = f"{WORDS}{n}"
        await world.container.disputes.open(Caller(me), held["_id"], DisputeReason.NOT_MINE, words, photos)
        await world.container.services.scores.current(me)
        await chats[n].say("进度")
        return me

    everybody: list[Principal] = []
    for first in range(0, len(people), AT_ONCE):
        some = range(first, min(first + AT_ONCE, len(people)))
        await each(asks, some)
        world.clock.advance(minutes=1)  # so many messages and no more go out in a minute
        await world.deliver_outbox()
        codes.update({sms["phone"]: sms["text"] for sms in world.platform.sms.arrived})
        everybody += await each(goes_on, [n for n in some if n < PEOPLE])
    return everybody


def fresh_vault(world: World) -> Vault:
    """As another process would open it, with nothing in memory."""
    settings = world.container.settings
    index_key = settings.index_key.get_secret_value()
    return Vault(world.container.store, master_keys=settings.master_keys(), index_key=index_key)


@pytest.mark.long
async def test_a_thousand_canaries_are_found_nowhere_and_open_with_no_key_after_leaving(
    world: World, folder: Path, mongodb_uri: str
) -> None:
    await prepare(world.container.store, INDEXES)
    everybody = await live(world)
    assert len({me.id for me in everybody}) == PEOPLE
    found, places = await search(folder, mongodb_uri)
    assert found == []
    name = world.container.store.name
    assert {"local.oplog.rs", f"{name}.citizens", f"{name}.conversations", f"{name}.files.chunks"} <= places
    assert {"WiredTiger.wt", "mongod.log"} <= places

    kept = await everything_sealed(mongodb_uri)
    assert len(kept) > 8 * PEOPLE
    vault = fresh_vault(world)
    seen = {str(await vault.open(as_sealed(one))) for one in list(kept)[: PEOPLE // 2]}
    assert any(NAME in text for text in seen)  # it is all there, for who may open it
    await vault.close()

    for n in range(PEOPLE, PEOPLE + HALFWAY):
        await Chat(world, f"{ACCOUNT}{n}").unfollow()
    await each(lambda n: world.container.services.enrolments.leave(Caller(everybody[n])), range(PEOPLE))
    assert (await search(folder, mongodb_uri))[0] == []
    vault = fresh_vault(world)
    never_bound = await world.container.store["citizens"].find({}).to_list(None)
    assert len(never_bound) == HALFWAY  # of whom sources reported, and who never took part

    everything = sorted(kept)

    async def opens(n: int) -> bool:
        try:
            await vault.open(as_sealed(everything[n]))
        except KeyDestroyedError:
            return False
        return True

    opened = await each(opens, range(len(everything)))
    still = {sealed for sealed, is_open in zip(everything, opened, strict=True) if is_open}
    records = await world.container.store["records"].find({}).to_list(None)
    assert still <= {sealed for row in (*never_bound, *records) for sealed in sealed_in(row)}
    assert len(still) == 2 * HALFWAY
    await vault.close()

    await world.container.store["control"].insert_one({"name": person(0).name})  # the search does find what is there
    assert f"{NAME} in utf-8: {name}.control" in (await search(folder, mongodb_uri))[0]
