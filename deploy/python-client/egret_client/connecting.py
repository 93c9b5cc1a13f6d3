"""A client for an installation of Egret."""

from __future__ import annotations

from typing import Any

import httpx

from egret_client.generated import Egret

_SECONDS = 30.0


def connected(base: str, token: str | None = None, *, language: str = "en") -> Egret:
    """A client of the installation at `base`, such as `https://credit.example.org`; close it, or use `async with`.

    `token` is a session's token or an API key, and may be left out for what is public. `language` is that of every
    `text`: `en` or `zh`.
    """
    headers = {"accept-language": language}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    url = f"{base.rstrip('/')}/graphql"
    http: Any = httpx.AsyncClient(headers=headers, timeout=_SECONDS)  # the generated protocol has it too narrow
    return Egret(url=url, headers=headers, http_client=http)
