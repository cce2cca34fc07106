"""Scenarios on the releases of a real case: an environment from its pins, and what came out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from harness import record
from harness.measure import install
from harness.measure.resolve import UV
from harness.model import Observation
from tests import subject
from tests.conftest import ROOT


def environment(folder: Path, *pins: str, python: str | Path = sys.executable) -> Path:
    """Make an environment of these pins, with what runs the scenarios; return its interpreter."""
    interpreter = install.python_of(folder / "venv")
    tools = install.missing_tools(install.TOOLS.read_text(encoding="utf-8"), [])
    subject.ran(*UV, "venv", "--quiet", "--python", python, folder / "venv")
    subject.ran(*UV, "pip", "install", "--quiet", "--python", interpreter, *pins, *tools)
    return interpreter


def results(
    interpreter: Path, adapter: str, scenarios: Sequence[str], patterns: Sequence[str]
) -> dict[tuple[str, str], Observation]:
    """Run scenarios by their ids under patterns; return each result by (scenario, pattern)."""
    records = interpreter.parents[1] / "records" / adapter
    records.mkdir(parents=True, exist_ok=True)
    for old in records.iterdir():
        old.unlink()
    files = sorted({f"scenarios/test_{one.partition('::')[0]}.py" for one in scenarios})
    argv: list[str | Path] = [interpreter, "-m", "pytest", "-c", "scenarios/pytest.ini", *files]
    argv += ["-q", "--tb=no", "--rootdir", ROOT, "--adapter", adapter, "--record-dir", records]
    argv += [word for one in scenarios for word in ("--scenario", one)]
    argv += [word for one in patterns for word in ("--pattern", one)]
    subject.ran(*argv)
    read = (record.parse(path.read_text(encoding="utf-8")) for path in records.glob("record-*"))
    merged = record.merge((one, "") for one in read)
    return {(str(one.scenario), str(one.pattern)): one for one in merged}
