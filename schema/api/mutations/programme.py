"""What stewards do with versions of the city's folder."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import PlainRefusal, refusals
from schema.types.errors import RefusalCode as Code
from schema.types.programme import CityVersion


@strawberry.input(description="A version of the city's folder to approve.")
class ApproveCityVersionInput:
    """By its code."""

    code: str


@strawberry.type(description="The version takes effect on its day.")
class ApproveCityVersionSuccess:
    """The version as it is now."""

    version: CityVersion


ApproveCityVersionResult = Annotated[
    ApproveCityVersionSuccess | PlainRefusal, strawberry.union("ApproveCityVersionResult")
]


@strawberry.type
class ProgrammeMutations:
    """Of stewards."""

    @strawberry.mutation(
        description="Stewards: approve a version of the city's folder that another person proposed.",
        metadata=refusals(
            Code.NOT_SIGNED_IN,
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            Code.FOUR_EYES,
            Code.PERSON_UNKNOWN,
            Code.CONFLICT,
            Code.KEY_REUSED,
        ),
    )
    async def approve_city_version(self, info: Info, input: ApproveCityVersionInput) -> ApproveCityVersionResult:
        caller = info.context.as_steward_alone()
        return ApproveCityVersionSuccess(version=await info.context.services.versions.approve(caller, input.code))
