"""Signing in, binding, taking part, who looked, and leaving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schema.types.check import Check, CheckOutcome
    from schema.types.connection import Connection, Page
    from schema.types.enrolment import (
        AccessEntry,
        AccountMove,
        Address,
        BindingAttempt,
        Consent,
        ConsentPurpose,
        ConsentText,
        Enrolment,
        IdentityField,
        LinkedAccount,
        OptionalItem,
        Residence,
        Session,
        SignInElsewhere,
    )
    from schema.types.look import LookedBy, LookInquiry, LookQuestionState, StaffLogEntry
    from schema.types.principal import Caller, Principal
    from schema.types.scalars import Masked
    from schema.types.sign_in import AppCode, SignInProvider, VerifiedIdentityView


class Sessions(Protocol):
    """Signing in."""

    async def log_in(self, code: str) -> Session:
        """A mini-program's `wx.login` code for a session. SIGN_IN_FAILED, SIGN_IN_NOT_NOW."""

    async def log_in_with_provider(self, given: AppCode) -> Session:
        """A code of a provider for a session; it is good once. SIGN_IN_FAILED, SIGN_IN_NOT_NOW."""

    def providers(self) -> Sequence[SignInProvider]:
        """The providers at which an app may let people sign in."""

    async def authorization_endpoint(self, provider: str) -> str | None:
        """Where an app sends people to; None while the provider does not say."""

    async def renew(self, refresh_token: str) -> Session:
        """A refresh token for a new session; it is good once. SIGN_IN_FAILED."""

    async def end(self, refresh_token: str) -> None:
        """Sign out, for every token of that sign-in. SIGN_IN_FAILED."""

    async def sign_in(self, account: str, password: str, address: str, device: str | None) -> Session:
        """A desk account and password for a session; `device` is what an earlier session of this browser gave.

        SIGN_IN_FAILED, TOO_MANY_TRIES, FORBIDDEN by password.
        """


class Bindings(Protocol):
    """Tying an identity to the contact that asks."""

    def consent_text(self, purpose: ConsentPurpose) -> ConsentText:
        """The consent text in force for a purpose."""

    def check(self, field: IdentityField, value: str) -> Masked:
        """Whether a value has the right form; how it may be shown. One of the identity codes."""

    async def form(self, caller: Caller) -> Address:
        """A page to bind on instead. ALREADY_BOUND."""

    def verified(self, actor: Principal) -> VerifiedIdentityView | None:
        """Whom the provider of this session has verified, as it may be shown; None where that is no one to bind."""

    async def start(
        self, caller: Caller, consent_version: str, name: str | None, id_number: str | None, phone: str
    ) -> BindingAttempt:
        """Send a code; name and ID number are those that the provider has verified, where it has.

        Identity codes, BAD_INPUT, CONSENT_OUTDATED, ALREADY_BOUND, TOO_MANY_TRIES, or what the register says.
        """

    async def resend(self, caller: Caller, attempt: str) -> BindingAttempt:
        """Send a new code for the same attempt. CODE_EXPIRED, TOO_MANY_TRIES."""

    async def confirm(self, caller: Caller, attempt: str, code: str) -> tuple[Masked, str]:
        """Bind and enrol; the masked name and the version of the consent.

        CODE_WRONG, CODE_UNREADABLE, CODE_EXPIRED, TOO_MANY_TRIES, SECOND_ACCOUNT.
        """


class Moves(Protocol):
    """Moving a citizen who is bound elsewhere to the account that asks, and taking that back."""

    async def move(self, caller: Caller, attempt: str) -> tuple[Masked, datetime]:
        """Move the citizen of a confirmed attempt here; the masked name, and until when passes and leaving wait.

        ALREADY_BOUND, CODE_EXPIRED, NAME_CHANGED, FROZEN, CONFLICT.
        """

    async def moved_away(self, actor: Principal) -> AccountMove | None:
        """The newest move away from the account that asks, while it can be taken back."""

    async def signed_in_elsewhere(self, actor: Principal) -> SignInElsewhere | None:
        """The newest sign-in of a citizen that was new, while they can say that it was not them."""

    async def undo(self, caller: Caller) -> datetime:
        """Take that move back, or end that sign-in; until when no account can be bound. NOTHING_MOVED, CONFLICT."""


class Residences(Protocol):
    """What follows from the register of residents, for a citizen."""

    async def residence(self, actor: Principal) -> Residence | None:
        """What the register says; None for a resident. NOT_ENROLLED."""

    async def object(self, caller: Caller) -> None:
        """Object to it: the score is computed again. NOTHING_PAUSED."""


class Checks(Protocol):
    """Questions to the desk about who someone is."""

    async def page(self, actor: Principal, page: Page, *, is_open: bool) -> Connection[Check]:
        """Questions, newest first. The look is logged."""

    async def report_sign_in(self, caller: Caller, words: str) -> date:
        """Tell that a sign-in was refused, as an account that is not bound; until when it is answered.

        NO_CHANNEL, WORDS_*.
        """

    async def close(self, caller: Caller, check: str, outcome: CheckOutcome, words: str | None = None) -> Check:
        """Close a question, with an answer to who reported a sign-in.

        WORDS_*, BAD_INPUT, NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, CONFLICT.
        """


class Enrolments(Protocol):
    """Consent, optional items and leaving, for a citizen."""

    async def enrolment(self, actor: Principal) -> Enrolment:
        """The enrolment. NOT_ENROLLED."""

    async def masked_identity(self, actor: Principal) -> tuple[Masked, Masked]:
        """Masked name and ID number."""

    async def consents(self, actor: Principal) -> Sequence[Consent]:
        """Every consent given, newest first."""

    async def grant(self, caller: Caller, version: str) -> Enrolment:
        """Agree to a newer text. CONSENT_OUTDATED."""

    async def optional_items(self, actor: Principal) -> Sequence[OptionalItem]:
        """The optional items of the scheme and whether they are off."""

    async def decline(self, caller: Caller, rule: str, declined: bool) -> OptionalItem:
        """Switch an optional item off or on; the score follows. NOT_OPTIONAL."""

    async def accounts(self, actor: Principal) -> Sequence[LinkedAccount]:
        """The accounts that are bound to the citizen, oldest first."""

    async def export(self, caller: Caller) -> Address:
        """Where everything held about the citizen can be read; the citizen's log says that it was asked for."""

    async def leave(self, caller: Caller) -> int:
        """Leave: computing stops, passes end, the data key is destroyed; how many disputes were withdrawn."""

    async def unlink(self, caller: Caller) -> Masked:
        """Unlink this account, the enrolment goes on; the masked name."""


class Participations(Protocol):
    """Whether anything is computed for a citizen, as they wish."""

    async def look_only(self, caller: Caller, version: str) -> None:
        """See and correct one's records, with no score: it goes, with its history. CONSENT_OUTDATED."""

    async def pause(self, caller: Caller) -> None:
        """No score and no passes until it is resumed; safe to do again. LOOK_ONLY."""

    async def resume(self, caller: Caller) -> None:
        """Go on; safe to do again. LOOK_ONLY."""


class Looks(Protocol):
    """Who looked at a citizen's data, and the question why."""

    async def access_log(self, actor: Principal, page: Page, by: LookedBy = ...) -> Connection[AccessEntry]:
        """Who looked at my data, newest first; looks alike within ten minutes are one entry."""

    async def ask(self, caller: Caller, look: str) -> AccessEntry:
        """Ask why somebody looked, once for a look. NOT_FOUND, LOOK_NOT_ASKABLE, CONFLICT."""

    async def inquiries(self, part: LookQuestionState, page: Page) -> Connection[LookInquiry]:
        """Questions of citizens, due first. They do not say whose data it was."""

    async def answer(self, caller: Caller, question: str, words: str) -> LookInquiry:
        """Write down why one looked, or answer as another person. NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, CONFLICT."""


class StaffLogs(Protocol):
    """What staff did, for those who audit."""

    async def entries(self, account: str | None, page: Page) -> Connection[StaffLogEntry]:
        """What staff and operators did and looked at, newest first; with an account, what it did."""
