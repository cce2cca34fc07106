"""Fixtures of the scenarios: a world to act in, and a place for the evidence."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Callable

import pytest

from . import adapters, capabilities, controls

if TYPE_CHECKING:
    from pathlib import Path

    from .adapters.base import Adapter
    from .world import World


@pytest.fixture(scope="session")
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """The adapter of the library that the cell is about."""
    return adapters.load(request.config.option.adapter)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths of database files, each another one."""
    folder = tmp_path_factory.mktemp("scenarios")
    return (folder / f"{number}.sqlite" for number in itertools.count(1))


@pytest.fixture
def world(adapter: Adapter, pattern: str, databases: Iterator[Path]) -> Iterator[World]:
    """A fresh application with a fresh database, its views not yet added."""
    capabilities.check(adapter, pattern)
    made = controls.world(adapter, pattern, next(databases))
    yield made
    made.close()


@pytest.fixture
def evidence(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Record facts, before anything is asserted about them."""

    def record(**facts: object) -> None:
        for name, value in facts.items():
            record_property(name, value)

    return record
