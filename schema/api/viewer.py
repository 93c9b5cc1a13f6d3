"""`viewer`: who asks, as Egret sees them."""

from __future__ import annotations

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.types.enrolment import AccountMove, Channel, SignInElsewhere
from schema.types.principal import Kind, Principal
from schema.types.sign_in import VerifiedIdentityView


def citizen_of(principal: Principal) -> Citizen | None:
    """The citizen that a principal is; None for anyone else."""
    return Citizen.of(principal) if principal.kind is Kind.CITIZEN else None


@strawberry.type(description="A member of staff.")
class Staff:
    """By the account; what it may do goes by its role."""

    account: str
    role: Kind


@strawberry.type(description="Who asks.")
class Viewer:
    """The same for everybody: what does not apply is null."""

    principal: strawberry.Private[Principal]

    @strawberry.field(
        description="As what they ask; `ANONYMOUS` for an account that is not bound, and without a token."
    )
    def kind(self) -> Kind:
        return self.principal.kind

    @strawberry.field(description="The citizen; null for anyone else.")
    def citizen(self) -> Citizen | None:
        return citizen_of(self.principal)

    @strawberry.field(description="The newest move of a citizen away from this account, while it can take it back.")
    async def moved_away(self, info: Info) -> AccountMove | None:
        return await info.context.services.moves.moved_away(self.principal)

    @strawberry.field(description="The newest sign-in of my own that was new, while I can say that it was not me.")
    async def signed_in_elsewhere(self, info: Info) -> SignInElsewhere | None:
        return await info.context.services.moves.signed_in_elsewhere(self.principal)

    @strawberry.field(description="The member of staff; null for anyone else.")
    def staff(self) -> Staff | None:
        return Staff(account=self.principal.id, role=self.principal.kind) if self.principal.is_staff else None

    @strawberry.field(description="The code of the source or the partner; null for people.")
    def organisation(self) -> str | None:
        return self.principal.id if self.principal.kind in (Kind.SOURCE, Kind.PARTNER) else None

    @strawberry.field(description="The channel that vouches for the account; null where there is none.")
    def channel(self) -> Channel | None:
        contact = self.principal.contact
        return None if contact is None else Channel(contact.channel)

    @strawberry.field(
        description="Whom the provider has verified at the sign-in of this session: binding then asks for neither the "
        "name nor the ID number. Null otherwise, and from the first renewal on."
    )
    def verified_identity(self, info: Info) -> VerifiedIdentityView | None:
        return info.context.services.bindings.verified(self.principal)
