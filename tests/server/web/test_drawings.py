"""What is drawn on the pages: plots that do not shout."""

from __future__ import annotations

import re

import pytest

from server.web.h5.drawings import steps


def plot(*values: int, bands: tuple[int, ...] = ()) -> str:
    rows = [{"at": f"2026-11-{day:02}T08:00:00+00:00", "value": value} for day, value in enumerate(values, 1)]
    return str(steps(rows, bands, "In words", "1 Nov", "9 Nov"))


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [((500, 510, 505), 450, 550), ((500, 490), 450, 550), ((0, 10), 0, 100), ((300, 720), 300, 750)],
)
def test_a_plot_spans_a_hundred_points_at_least_in_whole_fifties(values: tuple[int, ...], low: int, high: int) -> None:
    scale = [int(value) for value in re.findall(r'class="scale"[^>]*>(-?\d+)', plot(*values))]
    assert (min(scale), max(scale)) == (low, high)


def test_bands_are_lines_of_their_own_where_they_are_in_sight() -> None:
    assert re.findall(r'class="level band".*?>(\d+)<', plot(480, 520, bands=(0, 500, 700))) == ["500"]
