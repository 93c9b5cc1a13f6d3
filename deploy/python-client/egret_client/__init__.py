"""Egret's GraphQL API, typed: what is generated from its schema, a way to connect, and a name for what goes wrong."""

from egret_client.connecting import connected
from egret_client.generated import *  # noqa: F403 - all that is generated, under one name
from egret_client.outcomes import FAULTS, Refusal, fault_code

__all__ = ["FAULTS", "Refusal", "connected", "fault_code"]
