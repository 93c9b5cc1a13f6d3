"""GraphQL over HTTP: every audit of npm's `graphql-http` passes, those of what a server MAY do included."""

from __future__ import annotations

import json

import pytest

from tests.clients.conftest import Tools
from tests.support.demo import Demo

AUDITS = 61


@pytest.mark.slow
def test_every_audit_passes(tools: Tools, demo: Demo) -> None:
    answers = json.loads(tools.node("audit.mjs", f"{demo.base_url()}/graphql"))
    failed = [f"{a['id']} {a['name']}: {a['status']}, {a['reason']}" for a in answers if a["status"] != "ok"]
    assert not failed, "\n".join(failed)
    assert len(answers) == AUDITS
