"""Every collection of the database: its indexes, and whose rows it holds, as the rooms declare them."""

from __future__ import annotations

from server.auth import repository as auth
from server.auth.staff import repository as staff
from server.benefits import repository as benefits
from server.citizens import repository as citizens
from server.citizens.residents import repository as residents
from server.disputes import collections as disputes
from server.enrolment import repository as enrolment
from server.enrolment.looks import repository as looks
from server.notices import repository as notices
from server.platform.core import layout as core
from server.platform.crypto import layout as crypto
from server.platform.db import Index, Owned
from server.platform.db import layout as db
from server.platform.webhooks import repository as webhooks
from server.records import repository as records
from server.scores import repository as scores
from server.scores.versions import repository as versions
from server.sources import repository as sources
from server.sources.repairs import repository as repairs
from server.statistics import repository as statistics

COLLECTIONS = frozenset(
    {
        *citizens.COLLECTIONS,
        *residents.COLLECTIONS,
        *notices.COLLECTIONS,
        *records.COLLECTIONS,
        *scores.COLLECTIONS,
        *versions.COLLECTIONS,
        *benefits.COLLECTIONS,
        *disputes.COLLECTIONS,
        *enrolment.COLLECTIONS,
        *looks.COLLECTIONS,
        *sources.COLLECTIONS,
        *repairs.COLLECTIONS,
        *auth.COLLECTIONS,
        *staff.COLLECTIONS,
        *statistics.COLLECTIONS,
        *webhooks.COLLECTIONS,
        *core.COLLECTIONS,
        *crypto.COLLECTIONS,
        *db.COLLECTIONS,
    }
)
INDEXES: tuple[Index, ...] = (
    *citizens.INDEXES,
    *residents.INDEXES,
    *notices.INDEXES,
    *records.INDEXES,
    *scores.INDEXES,
    *benefits.INDEXES,
    *disputes.INDEXES,
    *repairs.INDEXES,
    *enrolment.INDEXES,
    *looks.INDEXES,
    *auth.INDEXES,
    *staff.INDEXES,
    *webhooks.INDEXES,
    *core.INDEXES,
    *crypto.INDEXES,
    *db.INDEXES,
)
"""Without what a migration adds; that stands in its own file."""
OWNED: tuple[Owned, ...] = (
    *citizens.OWNED,
    *notices.OWNED,
    *records.OWNED,
    *scores.OWNED,
    *benefits.OWNED,
    *disputes.OWNED,
    *repairs.OWNED,
    *enrolment.OWNED,
    *looks.OWNED,
    *auth.OWNED,
    *webhooks.OWNED,
    *core.OWNED,
)
SHARD_KEYS = {one.collection: one.shard_key for one in OWNED if one.shard_key is not None} | core.SHARD_KEYS
"""How the database is sharded by citizen, where one replica set is too small (`deploy/capacity.md`).

Keys are ranged, not hashed: the ids are random, so that ranges spread as well, and unique indexes may begin with them.
What is not named here stays on one shard: it is small, or has to be unique in the whole city.
"""
