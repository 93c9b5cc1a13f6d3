"""What the demo tells a newcomer: who there is to try, who works at the desk, and what programs sign in with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scoring.identity import Identity
from scoring.scheme import Scheme
from server.demo.city import STAFF, partner_key, source_key
from server.demo.people import ready_people


class Key(NamedTuple):
    """Whose key it is, and the key."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The people to try, passwords by account, and the keys of one partner and one reporting entity."""

    people: tuple[Identity, ...]
    passwords: Mapping[str, str]
    partner: Key | None
    source: Key


def guide_of(scheme: Scheme, secrets: Mapping[str, str]) -> Guide:
    """The guide to a city, by the demo's secrets."""
    demo = scheme.city.demo
    partner = next((benefit.partner for benefit in scheme.benefits), None)
    return Guide(
        people=tuple(ready_people(demo.region)),
        passwords={account: secrets[f"{account}_password"] for account, _ in STAFF},
        partner=None if partner is None else Key(partner, partner_key(secrets, partner)),
        source=Key(demo.source, source_key(secrets, demo.source)),
    )
