from __future__ import annotations

import pytest


@pytest.fixture
def broken() -> None:
    raise RuntimeError("no world to act in")


@pytest.mark.usefixtures("broken")
def test_first() -> None:
    pass


def test_second() -> None:
    pass
