"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

from server.platform.crypto.webhook_signatures import new_secret, signature, signature_headers

PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Of the standard's own test vector."""


def test_the_published_vector_is_signed_as_published() -> None:
    signed = signature(PUBLISHED, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_random_and_as_long_as_the_standard_asks() -> None:
    assert new_secret() != new_secret()
    assert len(new_secret()) == len("whsec_") + 44


def test_two_secrets_sign_side_by_side() -> None:
    headers = signature_headers([PUBLISHED, new_secret()], "evt_1", 1, b"{}")
    assert headers["webhook-id"] == "evt_1"
    assert headers["webhook-timestamp"] == "1"
    assert [one[:3] for one in headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]
