"""The schema object, of its queries, changes and streams; and its SDL."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLSchema, NoSchemaIntrospectionCustomRule
from strawberry.schema.config import StrawberryConfig

from schema.api.mutation import Mutation
from schema.api.query import Query
from schema.api.refusals import CODES, RefusedHandler
from schema.api.subscription import Subscription
from schema.engine.documents import Documents
from schema.engine.execution import EgretSchema
from schema.types.descriptions import describe
from schema.types.scalars import SCALARS


def build_schema(*, introspection: bool = True, trusted: Mapping[str, str] | None = None) -> EgretSchema:
    """The schema with its limits; `trusted` are documents by id. Raises DocumentError for one that does not fit."""
    schema = EgretSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        exception_handlers=[RefusedHandler()],
        config=StrawberryConfig(disable_field_suggestions=not introspection, scalar_map=SCALARS),
    )
    describe(schema._schema)
    _list_codes(schema._schema)
    rules = () if introspection else (NoSchemaIntrospectionCustomRule,)
    schema.documents = Documents(schema._schema, rules, suggest=introspection)
    schema.documents.trust(trusted or {})
    return schema


def _list_codes(schema: GraphQLSchema) -> None:
    """Say in the description of each mutation with which codes it can be refused."""
    for field in schema.mutation_type.fields.values() if schema.mutation_type else ():
        codes = field.extensions["strawberry-definition"].metadata[CODES]
        listed = ", ".join(f"`{code.value}`" for code in codes)
        field.description = f"{field.description}\n\nRefused with {listed}."


SDL_HEADER = "# The GraphQL schema of Egret. Made by `egret schema`; a test keeps it current.\n\n"


def print_sdl() -> str:
    """The SDL as committed in `schema/schema.graphql`."""
    return SDL_HEADER + build_schema().as_str() + "\n"
