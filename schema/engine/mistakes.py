"""What is wrong with a document or its variables, said with the names of the schema and never with a value.

Messages of graphql-core quote what was sent, which may be an ID number. So each kind of message is known here, and told
in a form that names the field, the argument, the variable and the type, and leaves the value out.
"""

from __future__ import annotations

import re

from graphql import GraphQLError

_NAME = r"[_A-Za-z][_0-9A-Za-z]{0,63}"
_TYPE = r"[\[\]!\w]{1,80}"
_WHOLE = re.compile(
    r"Cannot query field|Unknown (argument|directive|fragment|type)|Cannot spread fragment|Fields |Too many|"
    r"GraphQL introspection|Send one operation|Argument '[@\w.(:)]+' of type|Variable '\$\w+' (of type|is |cannot be )|"
    r"Variables |Field '\w+' |There can be only one |Fragment '\w+' |Fragment cannot |Directive '@\w+' |The directive |"
    r"This anonymous operation |Operation |Anonymous |Subscription |Introspection |Must provide "
)
"""Messages that quote only names of the document and of the schema."""
_VALUES = (
    (re.compile(r"(?:Int|Float|String|Boolean|ID) cannot represent"), "Expected a value of type '{kind}'."),
    (re.compile(rf"Enum '({_NAME})' cannot represent"), "Expected a value of the enum '{0}'."),
    (
        re.compile(rf"Value .{{0,2000}}? does not exist in '({_NAME})' enum", re.DOTALL),
        "The enum '{0}' has no such value.",
    ),
    (
        re.compile(rf"Expected value of type '({_TYPE})' to include required field '({_NAME})'"),
        "A value of type '{0}' needs the field '{1}'.",
    ),
    (
        re.compile(rf"Expected value of type '({_TYPE})' not to include unknown field '({_NAME})'"),
        "The type '{0}' has no field '{1}'.",
    ),
    (re.compile(rf"Expected value of type '({_TYPE})' not to include"), "The type '{0}' has no such field."),
    (re.compile(rf"Expected value of type '({_TYPE})' to be an object"), "A value of type '{0}' is an object."),
    (
        re.compile(rf"Exactly one key must be specified for OneOf type '({_NAME})'"),
        "Exactly one field of '{0}' has to be given.",
    ),
    (re.compile(rf"Expected (?:a )?value of non-null type '({_TYPE})'"), "A value of type '{0}' is required."),
    (re.compile(rf"Expected value of type '({_TYPE})'"), "Expected a value of type '{0}'."),
)
_OF_VARIABLE = re.compile(rf"Variable '\$({_NAME})' has invalid value(?: at ([\w.\[\]]{{1,200}}))?: (.*)", re.DOTALL)
_SYNTAX = re.compile(r"Syntax Error: (Expected (?:'[^']{1,3}'|\w+)|Unexpected \w+|Unterminated string)")
_TOO_LONG = re.compile(r"Syntax Error: Document contains more than (\d+) tokens")
_QUOTED = re.compile(r"'([^']*)'")
_UNKNOWN = "The document or its variables do not fit the schema."


def told(error: GraphQLError) -> str:
    """The message of an error of parsing, of validation or of reading variables, without any value."""
    return _QUOTED.sub(r"`\1`", _told(error.message, error))


def is_of_variables(error: GraphQLError) -> bool:
    """Whether variables could not be read."""
    return error.path is None and error.message.startswith("Variable '$")


def _told(message: str, error: GraphQLError) -> str:
    if (tokens := _TOO_LONG.match(message)) is not None:
        return f"Too many tokens: at most {tokens[1]}."
    if message.startswith("Syntax Error: "):
        return _syntax(message, error)
    if (variable := _OF_VARIABLE.match(message)) is not None:
        place = f"Variable '${variable[1]}'" + (f" at '{variable[2].lstrip('.')}'" if variable[2] else "")
        return f"{place}: {_told(variable[3], error)}"
    if _WHOLE.match(message):
        return message
    for pattern, form in _VALUES:
        if (found := pattern.match(message)) is not None:
            return form.format(*found.groups(), kind=message.split(" ", 1)[0])
    return _UNKNOWN


def _syntax(message: str, error: GraphQLError) -> str:
    found = _SYNTAX.match(message)
    place = "".join(f" at {one.line}:{one.column}" for one in (error.locations or [])[:1])
    return f"Syntax error{place}{': ' + found[1] if found else ''}."
