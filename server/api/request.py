"""What a request to `/graphql` asks for, however it came, and what an answer looks like.

A document comes as text or, trusted, as its id: `documentId`, or Apollo's `extensions.persistedQuery.sha256Hash`. The
id is the SHA-256 of the text, or what a manifest calls it.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import OperationType

from schema.engine.documents import Operation, document_id
from schema.engine.execution import Answer
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from server.auth.service import BadTokenError
from server.container import Container
from server.platform.core.admission import Bill
from server.platform.kit.errors import RequestError
from server.platform.kit.json import JsonObject

_ID_MAX = 100


class BadRequestError(RequestError):
    """A request that is no GraphQL request, or not one for this method."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        code: RefusalCode = RefusalCode.BAD_INPUT,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}


class NotPersistedError(RequestError):
    """Only a hash came, and no trusted document has it: the client has to send the text, now and from now on."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a request asks for."""

    operation: Operation
    variables: JsonObject | None
    bill: Bill

    @property
    def listens(self) -> bool:
        """Whether more than one answer may come."""
        return self.operation.kind is OperationType.SUBSCRIPTION


async def find(container: Container, params: object, principal: Principal, address: str) -> GraphQLRequest:
    """The operation that is asked for, with all that it costs taken from the caller's budget.

    Raises:
        BadRequestError, DocumentError, NotPersistedError, Refused (TOO_MUCH).
    """
    if not isinstance(params, dict):
        raise BadRequestError("Send one object with `query`, and `variables` and `operationName` as needed.")
    variables = params.get("variables")
    name = params.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise BadRequestError("`variables` is an object, `operationName` a string.")
    if not isinstance(params.get("extensions"), dict | None):
        raise BadRequestError("`extensions` is an object.")
    name = None if name == "" else name  # as some clients send it
    text = _document(container, params, principal)
    bill = Bill()
    operation = await container.admission.operation(principal, address, text, name, bill)
    await container.admission.run(principal, address, operation, variables, bill)
    return GraphQLRequest(operation, variables, bill)


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header. Raises BadTokenError."""
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise BadTokenError
    return token.strip()


def _document(container: Container, params: JsonObject, principal: Principal) -> str:
    documents = container.schema.documents
    text = params.get("query")
    persisted = (params.get("extensions") or {}).get("persistedQuery")
    hash = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    id = params.get("documentId") or hash
    only_ours = container.settings.only_trusted and principal.kind in (Kind.CITIZEN, Kind.ANONYMOUS)
    if text is None and isinstance(id, str) and len(id) <= _ID_MAX:
        text = documents.text_of(id) or documents.text_of(id.removeprefix("sha256:"))
        if text is None and hash is not None and not only_ours:
            raise NotPersistedError
        if text is None:
            raise BadRequestError("No trusted document has this id.", 404, RefusalCode.UNTRUSTED)
    elif not isinstance(text, str):
        raise BadRequestError("Send `query` as a string, or `documentId`.")
    elif hash is not None and hash != document_id(text) and documents.text_of(str(hash)) != text:
        raise BadRequestError("`sha256Hash` is not the SHA-256 of `query`.")
    if only_ours and not documents.is_trusted(text):
        raise BadRequestError(Refused(RefusalCode.UNTRUSTED).sentence("en"), 403, RefusalCode.UNTRUSTED)
    return text


def content_of(answer: Answer) -> JsonObject:
    """An answer as the response's JSON; without `data` where nothing was executed."""
    if not answer.errors:
        return {"data": answer.data}
    errors = [error.formatted for error in answer.errors]
    return {"data": answer.data, "errors": errors} if was_executed(answer) else {"errors": errors}


def cost_of(spent: int, left: int, retry_after: int | None = None) -> JsonObject:
    """What a request cost of its caller's budget of this minute, what is left, and when there is more, in seconds."""
    return {"extensions": {"cost": {"spent": spent, "left": left, "retryAfter": retry_after}}}


def was_executed(answer: Answer) -> bool:
    return answer.data is not None or any(error.path for error in answer.errors)
