"""Asking the register for a person, and holding off who guesses: by account, by address and by ID number."""

from __future__ import annotations

from datetime import timedelta

from schema.types.errors import RefusalCode, Refused
from scoring.identity import Identity
from server.citizens.residents.register import Answer, Register
from server.platform.core.throttle import Throttle
from server.platform.crypto.vault import Vault

PAUSE = timedelta(minutes=15)
MOST_TRIES = 5
MOST_TRIES_OF_AN_ADDRESS = 50
"""Of one network address: a mobile network or an office has many people behind one."""
CODES_AN_HOUR = 8
_REFUSALS = {
    Answer.DIFFERS: RefusalCode.REGISTER_MISMATCH,
    Answer.UNSURE: RefusalCode.REGISTER_NOT_NOW,
    Answer.SHARED: RefusalCode.NUMBER_SHARED,
    Answer.MOVED: RefusalCode.RESIDENCE_ENDED,
    Answer.DIED: RefusalCode.RESIDENCE_ENDED,
}


class GuessGuard:
    """What stands between a person who types an identity and the register."""

    def __init__(self, vault: Vault, throttle: Throttle, register: Register) -> None:
        self._vault = vault
        self._throttle = throttle
        self._register = register

    async def check(self, contact_id: str, person: Identity, address: str) -> bool:
        """Whether the register has this person; who guesses is paused, and never learns by which of the three.

        After some wrong tries for one ID number no answer says whether a guess is right: the attempt goes on as if it
        were, and no code is sent. So others who know a number learn nothing, and do not pause its owner.

        Raises:
            Refused: REGISTER_MISMATCH, REGISTER_NOT_NOW, NUMBER_SHARED, RESIDENCE_ENDED, TOO_MANY_TRIES.
        """
        tries = await self._count_tries(contact_id, address)
        claimed = f"bind:{self._vault.blind_text('claimed', person.id_number)}"
        quiet = False
        try:
            await self._throttle.spend(claimed, MOST_TRIES, PAUSE)
        except Refused:
            quiet = True
        answer = await self._register.ask(person)
        if answer is Answer.UNSURE or (answer is not Answer.DIFFERS and not quiet):
            for throttle_key in (*tries, *(() if quiet else (claimed,))):
                await self._throttle.refund(throttle_key)
        if answer is Answer.MATCHES:
            return True
        if quiet and answer is not Answer.UNSURE:
            return False
        raise Refused(_REFUSALS[answer])

    async def _count_tries(self, contact_id: str, address: str) -> list[str]:
        """Count a try by account and by address, both before either pauses it."""
        counted = {f"bind:{contact_id}": MOST_TRIES}
        if address:
            counted[f"bind:{self._vault.blind_text('address', address)}"] = MOST_TRIES_OF_AN_ADDRESS
        paused = False
        for throttle_key, most in counted.items():
            try:
                await self._throttle.spend(throttle_key, most, PAUSE)
            except Refused:
                paused = True
        if paused:
            seconds = int(PAUSE.total_seconds())  # and never how long the one or the other has still to go
            raise Refused(RefusalCode.TOO_MANY_TRIES, retry_after=seconds, minutes=seconds // 60)
        return list(counted)

    async def allow_code(self, contact_id: str, person: Identity, *, matches: bool) -> None:
        """Bound text messages by the hour, for a contact and for a phone; for a wrong guess as well."""
        guess = "\0".join((person.id_number, person.name, person.phone))  # other guesses fill nothing of this one
        kind, value = ("phone", person.phone) if matches else ("guess", guess)
        for owner in (contact_id, self._vault.blind_text(kind, value)):
            await self._throttle.spend(f"sms:{owner}", CODES_AN_HOUR, timedelta(hours=1))
