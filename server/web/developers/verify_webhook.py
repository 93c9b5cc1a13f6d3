"""Whether a webhook is genuine. The guide shows this file as it is."""

import base64
import hmac
from collections.abc import Mapping

Headers = Mapping[str, str]


def is_genuine(secret: str, headers: Headers, body: bytes, now: float) -> bool:
    """`headers` by names in small letters; `now` is `time.time()`."""
    sent = headers["webhook-timestamp"]
    signed = f"{headers['webhook-id']}.{sent}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, signed, "sha256")
    expected = b"v1," + base64.b64encode(digest)
    given = headers["webhook-signature"].encode().split()
    is_signed = any(hmac.compare_digest(expected, one) for one in given)
    return is_signed and abs(now - int(sent)) < 300
