"""What may go wrong with staff's tokens and with the provider."""

from __future__ import annotations

from server.platform.kit.errors import BusyError, CredentialError


class BadTokenError(CredentialError):
    """A token is forged, expired or of another kind; the reader learns nothing more."""


class ExpiredError(BadTokenError):
    """It was good, and is too old."""


class UnconfirmedError(BadTokenError):
    """A staff session whose provider has not confirmed it within the last minute, since it cannot be reached.

    The session is not over: it goes on when the provider answers again.
    """


class ProviderError(BusyError):
    """The provider cannot be reached, or what it says is of no use; the text is for the log and quotes nothing."""


class GrantRefusedError(CredentialError):
    """The provider answered, and its answer is no: `invalid_grant` (RFC 6749 section 5.2), or 401 of userinfo."""


class BadIdTokenError(CredentialError):
    """What the provider signed is not what it has to be; the text is for the log and quotes nothing of it."""


class NotSignedInError(CredentialError):
    """A sign-in that did not go well, for whatever reason; who tries learns nothing more, the log does."""


class NoRoleError(NotSignedInError):
    """The provider knows the person, and gives them no role at the desk."""


class DisabledError(NotSignedInError):
    """The person's account here has been disabled."""
