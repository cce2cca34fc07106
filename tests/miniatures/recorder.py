"""A pytest plugin that writes the same record as the real scenarios' one, in the fewest lines."""

from __future__ import annotations

import faulthandler
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATTERNS = ("db-session", "db")


def pytest_addoption(parser: pytest.Parser) -> None:
    for option in ("--adapter", "--record-dir", "--deadline", "--skip-file"):
        parser.addoption(option)
    for option in ("--pattern", "--scenario"):
        parser.addoption(option, action="append", default=[])


def pair(item: Any) -> list[str]:
    module = item.path.stem.removeprefix("scenario_")
    return [f"{module}::{item.originalname.removeprefix('test_')}", item.callspec.params["pattern"]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.fixturenames.append("pattern")
    metafunc.parametrize("pattern", metafunc.config.option.pattern or PATTERNS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    skipped = json.loads(Path(config.option.skip_file).read_text())
    wanted = config.option.scenario
    items[:] = [i for i in items if pair(i) not in skipped and (not wanted or pair(i)[0] in wanted)]


def pytest_configure(config: pytest.Config) -> None:
    is_controller = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if not is_controller:
        config.pluginmanager.register(Recorder(config))


class Recorder:
    def __init__(self, config: pytest.Config) -> None:
        name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
        folder = Path(config.option.record_dir)
        self.path = folder / f"record-{name}.jsonl"
        self.hang = (folder / f"hang-{name}.txt").open("w")
        self.deadline = float(config.option.deadline)
        self.outcome = "passed"
        self.error: dict[str, str] | None = None

    def write(self, event: str, **content: object) -> None:
        with self.path.open("a") as lines:
            lines.write(json.dumps({"event": event, **content}) + "\n")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.write("planned", observations=[pair(item) for item in session.items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.write("collection-failed", where=report.nodeid, text=str(report.longrepr))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        scenario, pattern = pair(item)
        self.outcome, self.error = "passed", None
        self.write("start", scenario=scenario, pattern=pattern)
        faulthandler.dump_traceback_later(self.deadline, exit=True, file=self.hang)
        ran = yield
        faulthandler.cancel_dump_traceback_later()
        self.write(
            "observation",
            scenario=scenario,
            pattern=pattern,
            outcome=self.outcome,
            reason="",
            error=self.error,
            evidence=dict(item.user_properties),
            warnings=[],
            seconds=0.0,
        )
        return ran

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.outcome = "failed" if report.when == "call" else "errored"
            self.error = {"type": "Error", "message": str(report.when), "traceback": ""}

    def pytest_sessionfinish(self) -> None:
        self.write("footer")

    def pytest_unconfigure(self) -> None:
        self.hang.close()
