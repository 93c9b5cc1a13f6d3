"""Whether a webhook is genuine: what a receiver does first. The guide shows this file as it is."""

import base64
import hmac
from collections.abc import Mapping


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """`headers` by their names in small letters; `now` is `time.time()`."""
    event_id, sent = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{event_id}.{sent}.".encode() + body, "sha256")
    expected = b"v1," + base64.b64encode(digest)
    signed = any(hmac.compare_digest(expected, one.encode()) for one in headers["webhook-signature"].split())
    return signed and abs(now - int(sent)) < 300
