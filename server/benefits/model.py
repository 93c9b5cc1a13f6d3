"""Rows of passes and of their codes."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from server.platform.db import Sealed

PassCodeRow = TypedDict("PassCodeRow", {"_id": bytes, "citizen": str, "pass": str, "expires_at": datetime})
"""Which pass a code stands for: `_id` is the code's digest. A code is unique in the whole city and names the citizen,
so that passes can be sharded by citizen and a partner's question reads one shard."""


class PassRow(TypedDict):
    """A pass for one benefit; `sealed` has its code."""

    _id: str
    citizen: str
    benefit: str
    partner: str
    sealed: Sealed
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
