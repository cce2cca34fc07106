"""Fixtures of the scenarios: a world to act in, and a place for the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Callable

import pytest

from . import adapters, capabilities, controls, databases, deployed

if TYPE_CHECKING:
    from .adapters.base import Adapter
    from .databases import Database
    from .world import World


@pytest.fixture(scope="session")
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """The adapter of the library that the cell is about."""
    return adapters.load(request.config.option.adapter)


@pytest.fixture(scope="session")
def supply(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Databases, each another one, of the kind that the cell is about."""
    url = request.config.option.database_url
    return databases.supply(url, tmp_path_factory.mktemp("scenarios"))


@pytest.fixture(scope="session")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[deployed.Servers]:
    """The servers that people deploy with; none runs before a scenario asks for it."""
    made = deployed.Servers(request.config.option.web_servers, tmp_path_factory.mktemp("servers"))
    yield made
    made.end()


@pytest.fixture
def world(
    adapter: Adapter, pattern: str, supply: Iterator[Database], servers: deployed.Servers
) -> Iterator[World]:
    """A fresh application with a fresh database, its views not yet added."""
    capabilities.check(adapter, pattern)
    made = controls.world(adapter, pattern, next(supply))
    made.servers = servers
    yield made
    made.close()


@pytest.fixture
def evidence(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Record facts, before anything is asserted about them."""

    def record(**facts: object) -> None:
        for name, value in facts.items():
            record_property(name, value)

    return record
