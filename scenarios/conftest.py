"""Fixtures of the scenarios: a world to act in, and a place for the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Callable

import pytest

from . import adapters, capabilities, controls, databases, deployed
from .patterns import NEUTRAL
from .recorder import ABSENT, pattern_of

if TYPE_CHECKING:
    from .adapters.base import Adapter
    from .databases import Database
    from .world import World


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what does not exist here: the record tells it, and nothing is set up for it."""
    try:
        here = adapters.load(config.option.adapter)
    except Exception:  # noqa: BLE001 - for the scenarios to tell
        return
    names = set(map(pattern_of, items))
    if NEUTRAL in names:
        capabilities.recommended(here)  # known before the first scenario: its time is no scenario's
    reasons = {name: capabilities.absence(here, name, names) for name in names}
    absent = {item: why for item in items if (why := reasons[pattern_of(item)])}
    config.stash[ABSENT] = absent
    config.hook.pytest_deselected(items=list(absent))
    items[:] = [item for item in items if item not in absent]


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
    adapter: Adapter,
    pattern: str,
    supply: Iterator[Database],
    servers: deployed.Servers,
    evidence: Callable[..., None],
) -> Iterator[World]:
    """A fresh application with a fresh database, its views not yet added."""
    name = capabilities.recommended(adapter) if pattern == NEUTRAL else pattern
    if pattern == NEUTRAL:
        evidence(handle=name)
    made = controls.world(adapter, name, next(supply))
    made.servers = servers
    yield made
    made.close()
    if made.ledger.met:
        evidence(stumbled=made.ledger.met)


@pytest.fixture
def evidence(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Record facts, before anything is asserted about them."""

    def record(**facts: object) -> None:
        for name, value in facts.items():
            record_property(name, value)

    return record
