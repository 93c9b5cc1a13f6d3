"""Tests of both drivers."""

from __future__ import annotations

import pytest

both_drivers = pytest.mark.parametrize("store", ["motor", "pymongo"], indirect=True)
