"""The people of the first day: citizens with a phone, and colleagues at the desk with a browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

import httpx

from scoring.identity import Identity
from tests.support.live import BROWSER

_PATIENCE = 60.0
_HIDDEN = re.compile(r'name="(csrf|revision)" value="([^"]*)"')
_NEXT = re.compile(r'content="0; url=([^"]+)"')
Found = TypeVar("Found")


def patiently(look: Callable[[], Found | None]) -> Found:
    """What a look finds, as soon as it finds something."""
    deadline = time.monotonic() + _PATIENCE
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.05)
    return found


class Sms:
    """What the SMS gateway was given."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway

    def code(self, phone: str) -> str:
        """The code that was sent to a phone, once it is there."""

        def look() -> str | None:
            found = re.search(r"\d{6}", httpx.get(f"{self._gateway}/{phone}", trust_env=False).text)
            return found and found[0]

        return patiently(look)


class Phone:
    """Someone who writes to the public account."""

    def __init__(self, platform: str, openid: str) -> None:
        self._http = httpx.Client(base_url=platform, trust_env=False, timeout=60)
        self._openid = openid

    def say(self, text: str, kind: str = "text") -> str:
        """The reply to what is typed, whether it comes at once or late."""
        before = len(self.arrived())
        asked = {"openid": self._openid, "kind": kind, "content": text}
        result = self._http.post("/send", json=asked).json()["results"][0]
        assert result["status"] == 200, result
        if result.get("reply"):
            return str(result["reply"])
        return patiently(lambda: next(iter(self.arrived()[before:]), None))

    def arrived(self) -> list[str]:
        """What came by itself."""
        found = self._http.get("/arrived", params={"openid": self._openid}).json()["arrived"]
        return [item["text"] for item in found]

    def told(self, *words: str) -> str:
        """A message with these words in it, once it has come."""
        return patiently(lambda: next((text for text in self.arrived() if all(w in text for w in words)), None))

    def bind(self, person: Identity, sms: Sms) -> str:
        """The whole of 绑定; what the chat says at its end."""
        for said in ("绑定", "1", person.name, person.id_number, person.phone):
            self.say(said)
        return self.say(sms.code(person.phone))


class Desk:
    """A colleague's browser."""

    def __init__(self, server: str) -> None:
        self._http = httpx.Client(base_url=server, headers=BROWSER, trust_env=False, follow_redirects=True, timeout=60)

    def sign_in(self, account: str) -> str:
        """Sign in at the city's provider; the page of the desk that comes."""
        login = self._http.get("/desk/oidc/login")
        onward = self._http.post(login.url, data={"username": account})
        found = _NEXT.search(onward.text)
        assert found is not None, onward.text
        page = self._http.get(found[1])
        assert page.status_code == 200, page.text
        return page.text

    def first_case(self) -> str:
        """The address of the first case of the queue."""
        found = re.search(r'href="(/desk/cases/[^"]+)"', self._http.get("/desk/").text)
        assert found is not None
        return found[1]

    def act(self, case: str, action: str, **typed: str) -> None:
        """Press a button of a case; it does what it says."""
        kept = dict(_HIDDEN.findall(self._http.get(case).text))
        page = self._http.post(f"{case}/{action}", data={**kept, **typed})
        assert page.status_code == 200, page.text
        assert 'class="refusal' not in page.text, page.text
