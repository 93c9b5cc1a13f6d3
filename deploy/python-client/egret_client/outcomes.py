"""What else than success there is: a refusal, which is a value, and a fault, which is an exception."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import httpx

from egret_client.generated import (
    GraphQLClientError,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    RefusalCode,
)

FAULTS = (GraphQLClientError, httpx.TransportError)
"""All that a question can raise: no answer, or an answer that is an error."""


class _Message(Protocol):
    @property
    def text(self) -> str: ...


@runtime_checkable
class Refusal(Protocol):
    """Any of the refusals: `isinstance(answer, Refusal)` parts them from the success, for the type checker too."""

    @property
    def refusal_code(self) -> RefusalCode:
        """Stable; programs decide by it."""

    @property
    def message(self) -> _Message:
        """What happened, why, and what to do: a sentence to show."""


def fault_code(fault: BaseException) -> str | None:
    """The code of a fault, such as `EXPIRED`; None where there was no answer with one.

    A text and not a RefusalCode, since some faults have a code that no refusal has, such as `INTERNAL`.
    """
    errors = _errors(fault)
    code = errors[0].get("code") if errors else None
    return code if isinstance(code, str) else None


def _errors(fault: BaseException) -> list[dict[str, Any]]:
    """The `extensions` of each error of the answer."""
    if isinstance(fault, GraphQLClientGraphQLMultiError):
        return [error.extensions or {} for error in fault.errors]
    if isinstance(fault, GraphQLClientHttpError) and isinstance(fault.response, httpx.Response):
        try:
            return [error.get("extensions") or {} for error in fault.response.json()["errors"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            return []  # a proxy's page, and not Egret's answer
    return []
