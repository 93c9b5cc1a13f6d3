"""What may go wrong with staff's tokens and accounts; with the provider, `server.auth.oidc.errors` says."""

from __future__ import annotations

from server.auth.oidc.errors import NotSignedInError
from server.platform.kit.errors import CredentialError


class BadTokenError(CredentialError):
    """A token is forged, expired or of another kind; the reader learns nothing more."""


class ExpiredError(BadTokenError):
    """It was good, and is too old."""


class UnconfirmedError(BadTokenError):
    """A staff session whose provider has not confirmed it within the last minute, since it cannot be reached.

    The session is not over: it goes on when the provider answers again.
    """


class NoRoleError(NotSignedInError):
    """The provider knows the person, and gives them no role at the desk."""


class DisabledError(NotSignedInError):
    """The person's account here has been disabled."""
