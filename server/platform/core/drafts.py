"""What was typed into a form and could not be taken: kept for its person until it is sent, or for a day.

The browser that sent it holds the only key. At rest there are the digest of that key and the text sealed under it, so
that who has the database, or a copy of it, reads nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from scoring.dated import Text
from server.platform.core.layout import DRAFTS
from server.platform.core.throttle import Throttle
from server.platform.crypto.sealing import BrokenSealError, seal, unseal
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock
from server.platform.kit.digests import digest_of

LIFE = timedelta(days=1)
MOST_AN_HOUR = 300
"""Of one person: more than anybody types, or looks for at the desk."""
_LONGEST_SECRET = 64


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was sent: what stood in its fields, and why it was not taken."""

    action: str
    """Which form of its page, by the name that the page gives it."""
    key: str
    """What makes it one form, however often it is sent; its photos wait under it."""
    fields: Mapping[str, str] = field(default_factory=dict)
    refusal: Text | None = None
    """None where there was nothing wrong, or it has been told."""
    errors: Mapping[str, Text] = field(default_factory=dict)
    """What is wrong with single fields, by their names; told once, as the refusal is."""


class Drafts:
    """Rows of `drafts`. A draft is read by its person alone, at the page that it was typed on (`place`)."""

    def __init__(self, store: Store, clock: Clock, throttle: Throttle, token_key: str) -> None:
        self._rows = store[DRAFTS]
        self._throttle = throttle
        self._clock = clock
        self._key = token_key.encode()

    async def keep(self, person: str, place: str, draft: Draft) -> str:
        """Keep a draft; the secret that its browser reads it with. Refused: TOO_MANY_TRIES."""
        await self._throttle.spend(f"drafts:{person}", MOST_AN_HOUR, timedelta(hours=1))
        secret = secrets.token_urlsafe(24)
        content = {"person": person, "place": place, "action": draft.action, "key": draft.key, "fields": draft.fields}
        row: Document = {
            "_id": digest_of(secret),
            "sealed": self._seal(secret, content),
            "expires_at": self._clock() + LIFE,
        }
        if draft.refusal is not None or draft.errors:
            row["refusal"] = self._seal(secret, {"whole": _plain(draft.refusal), "fields": _by_field(draft.errors)})
        await self._rows.insert_one(row)
        return secret

    async def read(self, secret: str, person: str, place: str) -> Draft | None:
        """The draft, if it is this person's and was typed here. Why it was not taken is told the first time alone."""
        if not 0 < len(secret) <= _LONGEST_SECRET:
            return None
        row = await self._rows.find_one_and_update({"_id": digest_of(secret)}, {"$unset": {"refusal": 1}})
        if row is None or row["expires_at"] <= self._clock():
            return None
        try:
            content = self._open(secret, row["sealed"])
            told = self._open(secret, row["refusal"]) if "refusal" in row else {"whole": None, "fields": {}}
        except BrokenSealError:  # the token key is another one now
            return None
        if (content["person"], content["place"]) != (person, place):
            return None
        refusal = None if told["whole"] is None else Text(**told["whole"])
        errors = {name: Text(**words) for name, words in told["fields"].items()}
        return Draft(content["action"], content["key"], content["fields"], refusal, errors)

    async def end(self, secret: str) -> None:
        """It was sent, or its person does not want it any more."""
        if len(secret) <= _LONGEST_SECRET:
            await self._rows.delete_one({"_id": digest_of(secret)})

    def _seal(self, secret: str, content: Document) -> bytes:
        return seal(self._key_of(secret), orjson.dumps(content), digest_of(secret).encode())

    def _open(self, secret: str, sealed: bytes) -> Document:
        content: Document = orjson.loads(unseal(self._key_of(secret), sealed, digest_of(secret).encode()))
        return content

    def _key_of(self, secret: str) -> bytes:
        return hmac.digest(self._key, b"egret draft " + secret.encode(), "sha256")


def _plain(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}


def _by_field(errors: Mapping[str, Text]) -> dict[str, dict[str, str] | None]:
    return {name: _plain(text) for name, text in errors.items()}
