"""Runs the bot's operations as the person who talks."""

from __future__ import annotations

import orjson

from bot.dialogs.flow import Data, OperationRefusedError
from bot.operations import operations
from schema.engine.execution import ask
from schema.types.errors import Refused
from schema.types.principal import Caller, Contact, Kind, Principal
from server.api.answer_cache import BY_STATEMENT, AnswerCache
from server.container import Container
from server.scores.model import StandingRow


class GraphQLClient:
    """One turn's operations, each mutation once under the turn's `token`, however often it is tried.

    `citizen` is whose contact it is, where the conversation knows; whatever ends the link empties it.
    `standing` is what was read of the citizen's current assessment with it.
    """

    def __init__(
        self,
        container: Container,
        answers: AnswerCache,
        contact: Contact,
        token: str,
        citizen: str | None = None,
        standing: StandingRow | None = None,
    ) -> None:
        self._container = container
        self._answers = answers
        self._contact = contact
        self._token = token
        self._principal = None if citizen is None else Principal(Kind.CITIZEN, citizen, contact)
        self._standing = standing
        self.changed = False

    @property
    def citizen(self) -> str | None:
        """Whose contact it turned out to be."""
        known = self._principal
        return known.id if known is not None and known.kind is Kind.CITIZEN else None

    async def answer(self, name: str, variables: Data) -> Data:
        """The data of an operation. Raises OperationRefusedError."""
        if self._principal is None:
            self._principal = await self._container.citizens.principal_of(self._contact)
        try:
            await self._container.admission.ours(self._principal, "", operations()[name], name, variables)
        except Refused as refused:
            raise _operation_refused(refused) from None
        if name in BY_STATEMENT and self._principal.kind is Kind.CITIZEN:
            return await self._by_statement(name, self._principal)
        return await self._ask(name, variables, self._principal)

    async def _by_statement(self, name: str, principal: Principal) -> Data:
        citizen = str(principal.id)
        answers = self._answers
        seen = None if self._standing is None else self._container.scores.stamp_of(self._standing)
        known = None if seen is None else answers.get(name, citizen, seen)
        if known is not None:
            return known
        stamp = await self._container.scores.stamp(citizen)  # as a majority has it, as whatever is remembered by it
        known = None if stamp is None else answers.get(name, citizen, stamp)
        if known is not None:
            return known
        data = await self._ask(name, {}, principal)
        if stamp is not None:
            answers.keep(name, citizen, stamp, data)
        return data

    async def _ask(self, name: str, variables: Data, principal: Principal) -> Data:
        document = operations()[name]
        changes = document.startswith("mutation")
        caller = Caller(principal, self._key(name, variables) if changes else None)
        try:
            return await ask(self._container.schema, document, variables, self._container.context(caller), name)
        except Refused as refused:
            raise _operation_refused(refused) from None
        finally:
            if changes:
                self._answers.forget(str(principal.id))
                self._principal = self._standing = None
                self.changed = True

    def _key(self, name: str, variables: Data) -> str:
        asked = orjson.dumps([name, variables], option=orjson.OPT_SORT_KEYS).decode()
        return f"{self._token}:{self._container.vault.blind_text('asked', asked)[:32]}"


async def run_operation(container: Container, caller: Caller, name: str, document: str, variables: Data) -> Data:
    """Run one of our own operations in this process, paid for by the caller. Raises Refused."""
    await container.admission.ours(caller.principal, caller.address, document, name, variables)
    return await ask(container.schema, document, variables, container.context(caller), name)


def _operation_refused(refused: Refused) -> OperationRefusedError:
    return OperationRefusedError(refused.code.value, refused.sentence("zh"), refused.sentence("en"))
