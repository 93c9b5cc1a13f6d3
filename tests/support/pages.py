"""The pages behind the chat, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from tests.support.world import World

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
"""What a browser says that it wants, where it opens a page."""
_FORM = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass
class Browser:
    """WeChat's browser of one account."""

    world: World
    openid: str = "o-test"

    async def log_in(self, *, beside: bool = False) -> httpx.Response:
        """Open the score page; WeChat says who it is. `beside` another session in this browser, as at the desk."""
        if not beside:
            self.world.http.cookies.clear()
        self.world.http.cookies.set("sim-openid", self.openid, domain="127.0.0.1")
        return await self.open("/h5/")

    async def open(self, path: str) -> httpx.Response:
        """A page by its address."""
        return await self.world.http.get(path, follow_redirects=True)

    async def send(self, page: httpx.Response, action: str, /, files: Any = None, **typed: str) -> httpx.Response:
        """Fill in a form of the page and send it; the page that comes."""
        return await self.post(action, hidden(page, action) | typed, files=files)

    async def post(self, action: str, fields: dict[str, str], files: Any = None) -> httpx.Response:
        """Send these fields; the page that comes."""
        return await self.world.http.post(action, data=fields, files=files, follow_redirects=True)


def hidden(page: httpx.Response, action: str) -> dict[str, str]:
    """What a form of the page carries along."""
    found = next((body for to, body in _FORM.findall(page.text) if to.partition("#")[0] == action), None)
    assert found is not None, f"no form to {action} on {page.url}"
    return {name: unescape(value) for name, value in _HIDDEN.findall(found)}


def links(page: httpx.Response, start: str) -> list[str]:
    """Addresses on the page that start so, without what stands after #."""
    found = re.findall(rf'href="({re.escape(start)}[^"#]*)', page.text)
    return [unescape(link) for link in dict.fromkeys(found)]
