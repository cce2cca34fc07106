"""What several tests of the harness need."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import config
from harness.config import Spec

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shipped() -> str:
    """The text of the matrix as it is shipped."""
    return (ROOT / "harness" / "matrix.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def spec(shipped: str) -> Spec:
    return config.load(shipped)
