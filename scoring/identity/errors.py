"""Why what a person typed is no identity."""

from __future__ import annotations

from scoring.dated import Text
from scoring.identity.documents import Document, hint_of


class InvalidIdentityError(ValueError):
    """What a person typed is not a usable identity; `code` says which rule it breaks.

    `hint` says what to do, where the number is meant to be of another document than a resident identity card.
    """

    def __init__(self, code: str, *, document: Document | None = None, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.hint: Text | None = None if document is None else hint_of(document, code, **details)
