"""Looks alike within a few minutes stand on one line, with their number."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.enrolment.looks.naming import Look
from server.platform.db import Document

TOGETHER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Group:
    """Links of a chain that are one line of the log, newest first."""

    links: tuple[Document, ...]

    @property
    def last(self) -> int:
        """The newest link."""
        return int(self.links[0]["seq"])

    @property
    def first(self) -> int:
        """The oldest link."""
        return int(self.links[-1]["seq"])

    @property
    def look(self) -> Look:
        """What they all are."""
        return Look.of_link(self.links[0])


def grouped(links: Sequence[Document], asked: Container[int]) -> list[Group]:
    """Links, newest first, as lines. One that was asked about begins a line of its own: newer ones were not."""
    groups: list[list[Document]] = []
    for link in links:
        if groups and link["seq"] not in asked and _belongs(link, groups[-1]):
            groups[-1].append(link)
        else:
            groups.append([link])
    return [Group(tuple(group)) for group in groups]


def _belongs(link: Document, group: Sequence[Document]) -> bool:
    newest = group[0]
    return Look.of_link(link) == Look.of_link(newest) and newest["at"] - link["at"] <= TOGETHER
