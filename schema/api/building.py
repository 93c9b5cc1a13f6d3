"""The schema object, of its queries, changes and streams; and its SDL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import NoSchemaIntrospectionCustomRule
from strawberry.schema.config import StrawberryConfig

from schema.api.context import Context
from schema.api.mutation import Mutation
from schema.api.query import Query
from schema.api.subscription import Subscription
from schema.engine.documents import Documents
from schema.engine.execution import EgretSchema
from schema.types.descriptions import describe
from schema.types.errors import Refusal, Refused
from schema.types.scalars import SCALARS


class RefusedHandler(strawberry.ExceptionHandler[Refused, Refusal]):
    """Turns a refusal into the union member that the field declares."""

    def handle(self, exception: Refused, *, field: object, info: Any) -> Refusal:
        if isinstance(info.context, Context):
            info.context.watched.refused.append(exception.code)
        return Refusal.of(exception)


def build_schema(*, introspection: bool = True, trusted: Iterable[str] = ()) -> EgretSchema:
    """The schema with its limits. Raises DocumentError for a trusted document that does not fit."""
    schema = EgretSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        exception_handlers=[RefusedHandler()],
        config=StrawberryConfig(disable_field_suggestions=not introspection, scalar_map=SCALARS),
    )
    describe(schema._schema)
    rules = () if introspection else (NoSchemaIntrospectionCustomRule,)
    schema.documents = Documents(schema._schema, rules, suggest=introspection)
    schema.documents.trust(trusted)
    return schema


SDL_HEADER = "# The GraphQL schema of Egret. Made by `egret schema`; a test keeps it current.\n\n"


def print_sdl() -> str:
    """The SDL as committed in `schema/schema.graphql`."""
    return SDL_HEADER + build_schema().as_str() + "\n"
