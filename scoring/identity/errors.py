"""Why what a person typed is no identity."""

from __future__ import annotations


class InvalidIdentityError(ValueError):
    """What a person typed is not a usable identity; `code` says which rule it breaks."""

    def __init__(self, code: str, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
