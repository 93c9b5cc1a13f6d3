"""Hooks of schemathesis: what counts as a fault of the server, and values that exist, so that questions get somewhere.

Loaded by `st run` (SCHEMATHESIS_HOOKS) in the environment next to this file; nothing else imports it.
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from graphql import parse_value
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_KNOWN: dict[str, list[str]] = json.loads(os.environ["EGRET_KNOWN"])
_DAYS = st.dates().map(str)
_MOMENTS = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
_AMOUNTS = st.sampled_from(["12", '"128.50"', '"much"', "1.5", "-1", "{}", "[[12]]", '"' + "9" * 400 + '"'])


def no_fault(_context: object, response: Any, _case: object) -> None:
    """A 5xx is one, and so is an error without a code of ours, or with the one that says we failed."""
    assert response.status_code < 500, f"status {response.status_code}"
    for error in response.json().get("errors", ()):
        code = error.get("extensions", {}).get("code")
        assert code not in (None, "INTERNAL"), f"{code} at {error.get('path')}"


def _text(*kinds: str) -> Any:
    known = sorted({value for kind in kinds for value in _KNOWN.get(kind, ())})
    anything = st.text(max_size=40)
    return (st.sampled_from(known) | anything if known else anything).map(nodes.String)


schemathesis.check(no_fault)
schemathesis.graphql.scalar("ID", _text("ids"))
schemathesis.graphql.scalar("String", _text("ids", "words"))
schemathesis.graphql.scalar("Date", _DAYS.map(nodes.String))
schemathesis.graphql.scalar("DateTime", _MOMENTS.map(nodes.String))
schemathesis.graphql.scalar("Money", _AMOUNTS.map(parse_value))
