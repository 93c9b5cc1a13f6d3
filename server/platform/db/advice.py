"""What an operator can do about a failure of the database."""

from __future__ import annotations

from pymongo.errors import OperationFailure

from server.platform.db.store import StoreError

_WRONG_PASSWORD = 18
_MAY_NOT = 13


def advice_on(error: StoreError) -> str:
    """Half a sentence, without anything of a document, an address or a password."""
    code = error.code if isinstance(error, OperationFailure) else None
    if code == _WRONG_PASSWORD:
        return "check the user, the password and authSource of EGRET_MONGODB_URI"
    if code == _MAY_NOT:
        return "the user of EGRET_MONGODB_URI may not do this; deploy/README.md says which account may"
    return "see that it runs, then try again"
