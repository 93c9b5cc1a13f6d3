"""Makes of fresh `mongod`s a replica set with its users; run again, it brings roles and passwords up to date.

The roles and users are those of `access.json` next to it. The first account is made through the exception that MongoDB
grants to a connection from its own machine while there is no user, so this runs in the network of the first member.

    python init.py --members mongo1:27017,mongo2:27017,mongo3:27017 --secrets /run/secrets --port 27017
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

ACCESS = Path(__file__).parent / "access.json"
ROOT = "root"
_ALREADY_INITIALIZED, _UNAUTHORIZED = 23, 13
_USER_EXISTS, _ROLE_EXISTS = 51003, 51002
_DONE_BEFORE = (_ALREADY_INITIALIZED, _UNAUTHORIZED, _USER_EXISTS, _ROLE_EXISTS)
_PATIENCE_SECONDS = 120.0
Client = MongoClient[dict[str, Any]]


class Secrets:
    """The folder with one file per secret."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str:
        """The text of one, without the end of its line."""
        return (self._folder / name).read_text("utf-8").strip()

    @property
    def authority(self) -> str:
        """The certificate that signs those of the members."""
        return str(self._folder / "mongo_ca")


def main() -> None:
    """Do what is said above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", required=True, help="host:port of each member, by commas")
    parser.add_argument("--secrets", type=Path, default=Path("/run/secrets"), help="the folder with the secrets")
    parser.add_argument("--port", type=int, default=27017, help="of the member on this machine")
    parser.add_argument("--name", default="egret", help="of the replica set")
    given = parser.parse_args()
    secrets = Secrets(given.secrets)
    members = given.members.split(",")
    begin(given.port, given.name, members, secrets)
    with _opened(members, secrets, replicaSet=given.name, username=ROOT, password=_root(secrets)) as client:
        grant(client, json.loads(ACCESS.read_text("utf-8")), secrets)


def begin(port: int, name: str, members: list[str], secrets: Secrets) -> None:
    """Start the replica set and make the first account, where that was not done before."""
    # The first member has no account of another to ask with, so it has to be the one that takes writes.
    ranked = [{"_id": n, "host": host, "priority": 1 if n else 2} for n, host in enumerate(members)]
    config = {"_id": name, "members": ranked}
    with _opened([f"127.0.0.1:{port}"], secrets, directConnection=True) as client:
        _patiently(lambda: client.admin.command("ping"))
        if _refused(lambda: client.admin.command("replSetInitiate", config)) == _UNAUTHORIZED:
            return  # there are users, so this was done before
        _until_primary(client)
        root: dict[str, Any] = {"pwd": _root(secrets), "roles": ["root"]}
        _refused(lambda: client.admin.command("createUser", ROOT, **root))


def grant(client: Client, access: Mapping[str, Any], secrets: Secrets) -> None:
    """Make the roles and users, or bring them up to date."""
    for role in access["roles"]:
        what = {"privileges": role["privileges"], "roles": role["roles"]}
        _make_or_change(client, "Role", role["role"], what)
    for user in access["users"]:
        _make_or_change(
            client, "User", user["user"], {"pwd": secrets.read(user["password_file"]), "roles": [user["role"]]}
        )


def _make_or_change(client: Client, kind: str, name: str, what: Mapping[str, Any]) -> None:
    """Where it may not do this either, the second command says so."""
    if _refused(lambda: client.admin.command(f"create{kind}", name, **what)):
        client.admin.command(f"update{kind}", name, **what)


def _root(secrets: Secrets) -> str:
    return secrets.read("mongo_root_password")


def _opened(hosts: list[str], secrets: Secrets, **options: Any) -> Client:
    options |= {"tls": True, "tlsCAFile": secrets.authority, "serverSelectionTimeoutMS": 30_000}
    return MongoClient(hosts, **options)


def _refused(call: Callable[[], Any]) -> int:
    """The code with which a command says that it was carried out before; 0 where it is carried out now."""
    try:
        call()
    except OperationFailure as error:
        if error.code not in _DONE_BEFORE:
            raise
        return error.code
    return 0


def _until_primary(client: Client) -> None:
    """Wait until this member takes writes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not client.admin.command("hello").get("isWritablePrimary"):
        if time.monotonic() > deadline:
            raise TimeoutError("this member did not become the primary: is it the first of --members?")
        time.sleep(0.2)


def _patiently(call: Callable[[], Any]) -> None:
    """Ask again until there is an answer."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            call()
            return
        except ConnectionFailure:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    main()
