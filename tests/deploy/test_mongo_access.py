"""The accounts of `deploy/mongo/access.json` over TLS: what they may do is all that Egret does, and no more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pymongo import MongoClient
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from schema.engine.execution import EgretSchema
from server.app import build_app
from server.cli.main import main
from server.container import build_container, open_container
from server.container.collections import INDEXES
from server.jobs.rescore.columns import Range
from server.jobs.rescore.worker import Rescorer
from server.platform.db import Store, backup, layout_state, open_store, prepare
from server.platform.db.columns import ColumnReader
from server.platform.db.migrating import contract, expand
from server.platform.db.processes import living
from server.platform.kit.clock import day_of
from server.settings import Settings, demo_secrets, require_usable
from tests.conftest import SetClock, _LateTransport
from tests.deploy.mongodb import Guarded, guarded
from tests.server.api import test_streams as streams
from tests.server.platform.db.migrations import synthetic
from tests.server.platform.db.migrations.database import a_label
from tests.support.live import served
from tests.support.paths import DEPLOY
from tests.support.people import YING, record
from tests.support.world import World
from tests.test_story import test_the_whole_story_in_chinese as the_whole_story

pytestmark = pytest.mark.long  # a server of its own, with TLS, for each driver
_FORBIDDEN = 13


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded")) as one:
        done = one.init()
        assert done.returncode == 0, done.stderr
        yield one


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def fresh(database: Guarded, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A database with nothing at all, as the account of the servers sees it."""
    with database.client("root", "mongo_root_password") as root:
        root.drop_database("egret")
    opened = open_store(database.uri("egret_mongodb_uri"), "egret", request.param)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def store(fresh: Store) -> Store:
    """A prepared database."""
    await prepare(fresh, INDEXES)
    return fresh


@pytest_asyncio.fixture
async def guarded_world(
    store: Store, settings: Settings, schema: EgretSchema, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr("server.chat.dispatcher.ANSWER_SECONDS", 60.0)
    transport = _LateTransport()
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as http:
        container = build_container(settings, store, http, clock, schema=schema.apart())
        app = build_app(container)
        app.state.people = []
        transport.app = app
        yield World(container, app, http, clock)
        await container.updates.close()
        await container.vault.close()


async def test_the_whole_story_needs_no_more(guarded_world: World) -> None:
    await the_whole_story(guarded_world)


async def test_nor_do_subscriptions(guarded_world: World) -> None:
    async with served(guarded_world) as port:
        await streams.test_a_score_is_told_when_it_was_made_again(guarded_world, port)


async def test_nor_does_the_night(guarded_world: World) -> None:
    await guarded_world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "T1"))
    guarded_world.clock.advance(days=30)
    with ColumnReader(guarded_world.container.store) as reader:
        rescorer = Rescorer(guarded_world.container, reader, day_of(guarded_world.container.clock()))
        assert (await rescorer.rescore(Range("", None))).citizens == 1


async def test_nor_does_an_upgrade(fresh: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """From this layout to a synthetic newer one: indexes are made and dropped, documents walked."""
    await prepare(fresh, INDEXES)
    await fresh["labels"].insert_many([a_label(n) for n in range(10)])
    synthetic.install(monkeypatch.setattr)
    assert await expand(fresh, INDEXES) > 0
    assert await contract(fresh, INDEXES) > 0
    assert await layout_state(fresh) == synthetic.ALL_DONE


async def test_a_server_outside_the_demo_starts_with_it(database: Guarded, store: Store, tmp_path: Path) -> None:
    """Settings that are refused nothing, the layout, the announcement, and an end in order."""
    made = {name: value for name, value in demo_secrets(tmp_path).items() if name in Settings.model_fields}
    given = {**made, "mongodb_uri": store.uri, "mongo_driver": store.driver, "scheme": "fuzhou-moli"}
    settings = require_usable(Settings.model_validate(given))
    async with open_container(settings, announce_as="serve") as container:
        await container.store.ping()
        assert [process.what for process in await living(container.store)] == ["serve"]


@pytest.mark.parametrize(
    ("account", "secret", "advice"),
    [
        ("egret", "mongo_backup_password", "check the user, the password and authSource of EGRET_MONGODB_URI"),
        ("egret-backup", "mongo_backup_password", "the user of EGRET_MONGODB_URI may not do this"),
    ],
)
def test_an_account_that_the_database_refuses_is_said_without_its_password(
    database: Guarded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    account: str,
    secret: str,
    advice: str,
) -> None:
    known = {name: value for name, value in demo_secrets(tmp_path).items() if name in Settings.model_fields}
    password = database.read(secret)
    _, _, reach = database.uri("egret_mongodb_uri").partition("@")
    known |= {"mongodb_uri": f"mongodb://{account}:{password}@{reach}", "scheme": "fuzhou-moli"}
    for name, value in known.items():
        monkeypatch.setenv(f"EGRET_{name.upper()}", value)
    assert main(["migrate", "--expand"]) == 1
    said = capsys.readouterr().err
    assert f"egret: the database failed (OperationFailure); {advice}" in said
    assert password not in said


def refused(call: Callable[[], object]) -> None:
    with pytest.raises(OperationFailure) as error:
        call()
    assert error.value.code == _FORBIDDEN, error.value


ACCOUNTS = {"egret": "mongo_egret_password", "egret-backup": "mongo_backup_password"}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_sees_no_other_database_and_no_accounts(database: Guarded, account: str) -> None:
    with database.client("root", "mongo_root_password") as root:
        root["elsewhere"]["people"].replace_one({"_id": 1}, {"name": "x"}, upsert=True)
    with database.client(account, ACCOUNTS[account]) as client:
        refused(lambda: client["elsewhere"]["people"].find_one())
        refused(lambda: client["elsewhere"]["people"].insert_one({}))
        refused(lambda: client["elsewhere"].list_collection_names())
        refused(lambda: client["admin"]["system.users"].find_one())
        refused(lambda: client["config"]["transactions"].find_one())
        refused(lambda: client["local"]["replset.election"].find_one())
        refused(lambda: client.admin.command("usersInfo", {"forAllDBs": True}))
        refused(lambda: client.admin.command("createUser", "mine", pwd="x", roles=["root"]))
        refused(lambda: client.admin.command("updateUser", account, roles=["root"]))
        refused(lambda: client.admin.command("grantRolesToUser", account, roles=["readWriteAnyDatabase"]))
        refused(lambda: client.admin.command("createRole", "mine", privileges=[], roles=["root"]))
        refused(lambda: client["egret"].command("createUser", "mine", pwd="x", roles=["readWrite"]))


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_governs_no_server(database: Guarded, account: str) -> None:
    with database.client(account, ACCOUNTS[account]) as client:
        refused(lambda: client.admin.command("shutdown"))
        refused(lambda: client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=60))
        refused(lambda: client.admin.command("getParameter", "*"))
        refused(lambda: client.admin.command("replSetReconfig", {}))
        refused(lambda: client.admin.command("replSetStepDown", 1))
        refused(lambda: client.admin.command("applyOps", []))
        refused(lambda: client.admin.command("fsync", 1))
        refused(lambda: client.admin.command("getLog", "global"))
        refused(lambda: list(client.admin.aggregate([{"$currentOp": {"allUsers": True}}])))
        refused(lambda: client.drop_database("egret"))
        refused(lambda: client["egret"].drop_collection("audit"))
        refused(lambda: client["egret"].command("collMod", "audit", validator={}))
        refused(lambda: client["egret"].command("convertToCapped", "audit", size=4096))
        refused(lambda: client["egret"]["audit"].rename("gone"))


def test_the_oplog_is_for_the_copies_alone_and_they_change_nothing(database: Guarded, store: Store) -> None:
    with database.client("egret", ACCOUNTS["egret"]) as client:
        refused(lambda: client["local"]["oplog.rs"].find_one())
    with database.client("egret-backup", ACCOUNTS["egret-backup"]) as client:
        assert client["local"]["oplog.rs"].find_one() is not None
        assert client["egret"]["meta"].find_one({"_id": "layout"}) is not None
        refused(lambda: client["egret"]["meta"].delete_one({"_id": "layout"}))
        refused(lambda: client["egret"]["meta"].insert_one({}))
        refused(lambda: client["egret"]["meta"].update_one({}, {"$set": {"x": 1}}))


async def test_a_copy_is_taken_by_the_account_for_copies(database: Guarded, store: Store, tmp_path: Path) -> None:
    await store["citizens"].insert_one({"_id": "c", "id_index": b"x"})
    reading = open_store(database.uri("backup_mongodb_uri"), "egret", "motor")
    copy = await backup.take(reading, tmp_path, lambda *_: None)
    assert (copy / "citizens.bson.gz").is_file()
    assert await backup.follow(reading, copy, lambda *_: None) >= 0
    await reading.close()


def test_no_one_comes_in_without_tls_or_without_a_password(database: Guarded) -> None:
    plain: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", database.port, directConnection=True, serverSelectionTimeoutMS=1500
    )
    with plain, pytest.raises(ServerSelectionTimeoutError):
        plain.admin.command("ping")
    unknown = database.client("egret", "mongo_egret_password", tlsCAFile=None, serverSelectionTimeoutMS=1500)
    with unknown, pytest.raises(ServerSelectionTimeoutError, match="certificate verify failed"):
        unknown.admin.command("ping")
    with database.client("egret", "mongo_root_password") as client, pytest.raises(OperationFailure):
        client["egret"]["meta"].find_one()
    nobody = database.client(None)
    with nobody, pytest.raises(OperationFailure, match="requires authentication"):
        nobody["egret"]["meta"].find_one()


@pytest.mark.long
def test_three_members_become_one_replica_set_and_all_know_the_accounts(tmp_path: Path) -> None:
    with guarded(tmp_path, members=3) as three:
        done = three.init()
        assert done.returncode == 0, done.stderr
        with MongoClient[dict[str, Any]](three.uri("egret_mongodb_uri"), w=3, wTimeoutMS=30_000) as client:
            client["egret"]["meta"].insert_one({"_id": "x"})
            assert len(client.nodes) == 3
        assert three.init().returncode == 0


def test_making_them_again_changes_what_changed(database: Guarded) -> None:
    secret = database.secrets / "mongo_backup_password"
    before = secret.read_text("utf-8")
    secret.chmod(0o600)
    try:
        secret.write_text(before[::-1], "utf-8")
        done = database.init()
        assert done.returncode == 0, done.stderr
        with database.client("egret-backup", "mongo_backup_password") as client:
            assert client["egret"].list_collection_names() is not None
    finally:
        secret.write_text(before, "utf-8")
        assert database.init().returncode == 0


def test_a_wrong_password_of_root_ends_it_and_says_no_secret(database: Guarded, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for path in database.secrets.iterdir():
        (secrets / path.name).write_bytes(path.read_bytes())
    (secrets / "mongo_root_password").write_text("another-one", "utf-8")
    wrong = Guarded(tmp_path, database.ports).init()
    assert wrong.returncode != 0
    assert "Authentication failed" in wrong.stderr
    assert database.read("mongo_egret_password") not in wrong.stderr + wrong.stdout


def test_making_secrets_again_changes_none_and_none_is_weak(database: Guarded) -> None:
    before = {path.name: path.read_bytes() for path in database.secrets.iterdir()}
    script = DEPLOY / "secrets.sh"
    subprocess.run(["/bin/sh", str(script), str(database.secrets)], capture_output=True, check=True)
    assert {path.name: path.read_bytes() for path in database.secrets.iterdir()} == before
    assert database.secrets.stat().st_mode & 0o777 == 0o700
    kept = {name.removeprefix("egret_"): value.decode().strip() for name, value in before.items() if "egret_" in name}
    kept = {name: value for name, value in kept.items() if name in Settings.model_fields}
    kept |= {"wechat_app_secret": kept["token_key"][:32], "scheme": "fuzhou-moli"}
    require_usable(Settings.model_validate(kept))
    assert re.fullmatch(r"[A-Za-z0-9]{43}", kept["wechat_aes_key"])
