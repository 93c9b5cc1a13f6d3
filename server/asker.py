"""Runs the bot's operations as the person who talks."""

from __future__ import annotations

from bot.dialogs.flow import AskedError, Data
from bot.operations import operations
from schema.errors import Refused
from schema.execution import ask
from schema.principal import Contact, Principal
from server.system import System


class Asker:
    """One message's operations, each mutation once per message however often it is delivered."""

    def __init__(self, system: System, contact: Contact, claim: str) -> None:
        self._system = system
        self._contact = contact
        self._claim = claim
        self._principal: Principal | None = None
        self._count = 0
        self.changed = False

    async def answer(self, name: str, variables: Data) -> Data:
        """The data of an operation. Raises AskedError."""
        if self._principal is None:
            self._principal = await self._system.citizens.principal_of(self._contact)
        document = operations()[name]
        self._count += 1
        context = self._system.context(self._principal, f"{self._claim}:{self._count}")
        try:
            return await ask(self._system.schema, document, variables, context, name)
        except Refused as refused:
            raise AskedError(refused.code.value, refused.sentence("zh"), refused.sentence("en")) from None
        finally:
            if document.startswith("mutation"):
                self._principal = None
                self.changed = True
