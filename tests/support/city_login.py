"""The city's sign-in as a program of its own: the provider of the tests, with a client and a few people.

    python -m tests.support.city_login --port 8003 --client egret-desk --client-secret-file FILE

It asks for a name and believes it, so it answers this machine alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from server.platform.kit.clock import utc_now
from tests.support.provider import CityProvider

COLLEAGUES = {"lin": "egret-agents", "chen": "egret-approvers", "wang": "egret-stewards"}
CITIZENS = {"zhou": {"name": "周知遥", "id_number": "350199199505050010", "level": "L3"}}
"""What the provider says of citizens whom it has verified."""


def city_login(issuer: str, client: str, secret: str) -> CityProvider:
    """A provider that knows one client, the colleagues, and the citizens."""
    made = CityProvider(utc_now, issuer, client_id=client, client_secret=secret)
    for name, group in COLLEAGUES.items():
        made.employ(name, group)
    for name, claims in CITIZENS.items():
        made.employ(name).claims.update(claims)
    return made


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.city_login")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--client", required=True)
    parser.add_argument("--client-secret-file", type=Path, required=True)
    given = parser.parse_args()
    secret = given.client_secret_file.read_text("utf-8").strip()
    provider = city_login(f"http://127.0.0.1:{given.port}/city", given.client, secret)
    uvicorn.run(provider, host="127.0.0.1", port=given.port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
