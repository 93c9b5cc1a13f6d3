"""A front end without a screen: it asks what the mini-program asks, at a real server; for tests, and for a rehearsal.

    python -m tests.support.mini_program NAME ID_NUMBER PHONE

It reads `EGRET_PUBLIC_URL` and `EGRET_WECHAT_API_BASE`, which is where the program that plays WeChat hands out codes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import httpx

from scoring.identity import Identity
from tests.support.paths import DEPLOY

DOCUMENTS: dict[str, str] = json.loads((DEPLOY / "miniprogram" / "egret" / "documents.json").read_text("utf-8"))
"""What the mini-program asks, by name."""


class FrontEnd:
    """A mini-program or an app, with a session of one citizen."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.token = ""

    def ask(self, document: str, server: str | None = None, **variables: Any) -> Any:
        """What a document answers. `server` is another one than usual."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": document, "variables": variables}
        url = f"{server or self._server}/graphql"
        answer = httpx.post(url, json=body, headers=headers, trust_env=False, timeout=60).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def log_in(self, code: str) -> None:
        """Begin a session by a code of `wx.login`."""
        self.token = self.ask(DOCUMENTS["LogIn"], input={"code": code})["logIn"]["session"]["token"]

    def bind(self, code_of: Callable[[str], str], phone: str, **typed: str) -> None:
        """Join; `code_of` says which code came to a phone."""
        consent = self.ask(DOCUMENTS["ConsentText"])["consentText"]["version"]
        given = {"consentVersion": consent, "phone": phone, **typed}
        started = self.ask(DOCUMENTS["StartBinding"], input=given)["startBinding"]
        assert started["__typename"] == "StartBindingSuccess", started
        confirmed = {"attempt": started["attempt"]["id"], "code": code_of(phone)}
        done = self.ask(DOCUMENTS["ConfirmBinding"], input=confirmed)["confirmBinding"]
        assert done["__typename"] == "ConfirmBindingSuccess", done

    def score(self, server: str | None = None) -> int:
        """The score of the citizen."""
        value: int = self.ask(DOCUMENTS["Score"], server)["me"]["score"]["value"]
        return value


def main() -> None:
    """Join as a person, and say the score."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.mini_program")
    for name in ("name", "id_number", "phone"):
        parser.add_argument(name)
    given = parser.parse_args()
    platform = os.environ["EGRET_WECHAT_API_BASE"].removesuffix("/api")
    asked = {"openid": f"m-{given.phone}"}
    code = httpx.get(f"{platform}/login-code", params=asked, trust_env=False).json()["code"]
    front_end = FrontEnd(os.environ["EGRET_PUBLIC_URL"])
    front_end.log_in(code)
    person = Identity(given.name, given.id_number, given.phone)
    front_end.bind(_typed, person.phone, name=person.name, idNumber=person.id_number)
    sys.stdout.write(f"{person.name}: {front_end.score()}\n")


def _typed(phone: str) -> str:
    return input(f"The code that came to {phone}: ")


if __name__ == "__main__":
    main()
