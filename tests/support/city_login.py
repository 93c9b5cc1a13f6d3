"""The city's sign-in as a program of its own: the provider of the tests with three colleagues in its directory.

    python -m tests.support.city_login --port 8003 --client-secret-file FILE

It asks for a name and believes it, so it answers this machine alone.
"""

from __future__ import annotations

import argparse
import base64
import secrets
from pathlib import Path
from urllib.parse import unquote_plus

import uvicorn
from starlette.requests import Request

from server.platform.kit.clock import utc_now
from tests.support.provider import CLIENT_ID, CityProvider

COLLEAGUES = {"lin": "egret-agents", "chen": "egret-approvers", "wang": "egret-stewards"}


class CityLogin(CityProvider):
    """The provider with a client's secret that is chosen when it starts."""

    secret = ""

    def _client_is_right(self, request: Request, given: dict[str, str]) -> bool:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        right = secrets.compare_digest(unquote_plus(secret).encode(), self.secret.encode())
        return unquote_plus(client) == CLIENT_ID and right


def city_login(issuer: str, secret: str) -> CityLogin:
    """A provider that knows the colleagues."""
    made = CityLogin(utc_now, issuer)
    made.secret = secret
    for name, group in COLLEAGUES.items():
        made.employ(name, group)
    return made


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.city_login")
    parser.add_argument("--port", type=int, default=8003)
    parser.add_argument("--client-secret-file", type=Path, required=True)
    given = parser.parse_args()
    provider = city_login(f"http://127.0.0.1:{given.port}/city", given.client_secret_file.read_text("utf-8").strip())
    uvicorn.run(provider, host="127.0.0.1", port=given.port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
