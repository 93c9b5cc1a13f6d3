"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import NotNowRefusal, PlainRefusal, TooManyTriesRefusal, refusals
from schema.types.enrolment import Session
from schema.types.errors import RefusalCode
from schema.types.sign_in import AppCode


@strawberry.input(description="Who signs in from a mini-program.")
class LogInInput:
    """A code is good once, for five minutes."""

    code: str


@strawberry.type(description="Signed in.")
class LogInSuccess:
    """The session."""

    session: Session


LogInResult = Annotated[LogInSuccess | PlainRefusal | NotNowRefusal, strawberry.union("LogInResult")]


@strawberry.input(description="Who signs in from an app, by the authorization code flow with PKCE.")
class LogInWithProviderInput:
    """A code is good once; verifier and nonce are the ones that the app made for it.

    `device` is a random word that the app keeps on this device: a sign-in with another one is told to the citizen.
    """

    provider: str
    code: str
    code_verifier: str
    redirect_uri: str
    nonce: str
    issuer: str | None = None
    device: str | None = None


@strawberry.type(description="Signed in.")
class LogInWithProviderSuccess:
    """The session."""

    session: Session


LogInWithProviderResult = Annotated[
    LogInWithProviderSuccess | PlainRefusal | NotNowRefusal, strawberry.union("LogInWithProviderResult")
]


@strawberry.input(description="A session to renew.")
class RenewSessionInput:
    """A refresh token is good once."""

    refresh_token: str


@strawberry.type(description="Renewed.")
class RenewSessionSuccess:
    """The new session."""

    session: Session


RenewSessionResult = Annotated[RenewSessionSuccess | PlainRefusal, strawberry.union("RenewSessionResult")]


@strawberry.input(description="A session to end.")
class EndSessionInput:
    """By its refresh token."""

    refresh_token: str


@strawberry.type(description="Signed out.")
class EndSessionSuccess:
    """What was given for that sign-in renews nothing any more."""

    ended: bool


EndSessionResult = Annotated[EndSessionSuccess | PlainRefusal, strawberry.union("EndSessionResult")]


@strawberry.input(description="Who signs in to the desk.")
class SignInInput:
    """`device` is what an earlier session of this browser gave."""

    account: str
    password: str
    device: str | None = None


@strawberry.type(description="Signed in.")
class SignInSuccess:
    """The session."""

    session: Session


SignInResult = Annotated[SignInSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("SignInResult")]


@strawberry.type
class AuthMutations:
    """Signing in and out."""

    @strawberry.mutation(
        description="Sign in from a mini-program with the code of `wx.login`.",
        metadata=refusals(RefusalCode.SIGN_IN_FAILED, RefusalCode.SIGN_IN_NOT_NOW),
    )
    async def log_in(self, info: Info, input: LogInInput) -> LogInResult:
        return LogInSuccess(session=await info.context.services.sessions.log_in(input.code))

    @strawberry.mutation(
        description="Sign in from an app with the code that one of `signInProviders` gave to it.",
        metadata=refusals(RefusalCode.SIGN_IN_FAILED, RefusalCode.SIGN_IN_NOT_NOW),
    )
    async def log_in_with_provider(self, info: Info, input: LogInWithProviderInput) -> LogInWithProviderResult:
        given = AppCode(
            provider=input.provider,
            code=input.code,
            verifier=input.code_verifier,
            redirect_uri=input.redirect_uri,
            nonce=input.nonce,
            issuer=input.issuer,
            device=input.device,
        )
        return LogInWithProviderSuccess(session=await info.context.services.sessions.log_in_with_provider(given))

    @strawberry.mutation(
        description="A new session for a refresh token, which is good once: keep the new one. One that comes a second "
        "time ends the sign-in for each who has a copy.",
        metadata=refusals(RefusalCode.SIGN_IN_FAILED),
    )
    async def renew_session(self, info: Info, input: RenewSessionInput) -> RenewSessionResult:
        return RenewSessionSuccess(session=await info.context.services.sessions.renew(input.refresh_token))

    @strawberry.mutation(
        description="Sign out: the sign-in's refresh tokens are good no more, its token for minutes.",
        metadata=refusals(RefusalCode.SIGN_IN_FAILED),
    )
    async def end_session(self, info: Info, input: EndSessionInput) -> EndSessionResult:
        await info.context.services.sessions.end(input.refresh_token)
        return EndSessionSuccess(ended=True)

    @strawberry.mutation(
        description="Sign in to the desk.",
        metadata=refusals(
            RefusalCode.SIGN_IN_FAILED, RefusalCode.FORBIDDEN, RefusalCode.TOO_MANY_TRIES, RefusalCode.TOO_MUCH
        ),
    )
    async def sign_in(self, info: Info, input: SignInInput) -> SignInResult:
        sessions = info.context.services.sessions
        address = info.context.caller.address
        return SignInSuccess(session=await sessions.sign_in(input.account, input.password, address, input.device))
