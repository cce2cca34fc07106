"""A pytest plugin that writes what it sees, one JSON line at a time, flushed as it happens.

The lines are described in `harness/record.py`, which reads them. Nothing else is shared with the
harness. Each process writes a file of its own: `record-<worker>-<process id>.jsonl`.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import random
import sys
import time
import traceback
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .needs import lacking
from .patterns import CONTROL, NEUTRAL, USUAL, NotApplicable

if TYPE_CHECKING:
    from types import TracebackType


_COLLECT_EVERY = 50
"""After how many scenarios what outlived its own is looked through."""
ABSENT = pytest.StashKey["dict[pytest.Item, tuple[str, str]]"]()
"""What was collected and is not tried here, with the reason."""
_LEDGER = pytest.StashKey[Any]()
_TOOLS = ("_pytest", "pytest", "pluggy", "xdist", "execnet")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("scenarios")
    group.addoption("--adapter", help="the library's adapter: a file of scenarios/adapters/")
    group.addoption(
        "--database-url",
        default=os.environ.get("MATRIX_DATABASE_URL"),
        help="a database server; default: a SQLite file each time",
    )
    group.addoption("--web-servers", type=Path, help="JSON: where they are installed, or why not")
    group.addoption("--record-dir", type=Path, help="where the record is written")
    group.addoption("--deadline", type=float, default=30.0, help="seconds for one scenario")
    group.addoption("--skip-file", type=Path, help="JSON list of [scenario, pattern] to leave out")
    group.addoption("--shuffle", type=int, help="seed of a random order")
    group.addoption("--share", type=float, default=1.0, help="of the shuffled, run this share only")
    group.addoption("--pattern", action="append", help="only this pattern; can be repeated")
    group.addoption(
        "--any-pattern", action="store_true", help="each pattern also where scenarios are neutral"
    )
    group.addoption("--scenario", action="append", help="only this scenario; can be repeated")


def scenario_id(item: pytest.Item) -> str:
    """Return `request_identity::each_request_...` for the item's test function.

    One that is parametrised is as many scenarios: `column_types::is_in_the_form[Float]`.
    """
    module = Path(str(item.path)).stem[len("test_") :]
    parameters = {**item.callspec.params}  # type: ignore[attr-defined]
    parameters.pop("pattern", None)
    of = f"[{'-'.join(map(str, parameters.values()))}]" if parameters else ""
    return f"{module}::{item.originalname[len('test_') :]}{of}"  # type: ignore[attr-defined]


def pattern_of(item: pytest.Item) -> str:
    """Return the pattern that the item is run with."""
    return item.callspec.params["pattern"]  # type: ignore[attr-defined, no-any-return]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pattern" not in metafunc.fixturenames:
        return
    options = metafunc.config.option
    names = options.pattern or (*USUAL, NEUTRAL)
    if not options.any_pattern:
        names = [one for one in names if _is_for(one, metafunc.module)]
    metafunc.parametrize("pattern", names)


def _is_for(pattern: str, module: Any) -> bool:
    """Tell whether a module of scenarios is run under a pattern; controls are for all of them."""
    if pattern.startswith(("control:", "unseen:")):
        return True
    if getattr(module, "GUARDS", "sessions") == "applications":
        return pattern == NEUTRAL
    if pattern.startswith(CONTROL) and not getattr(module, "CONTROLLED", False):
        return False
    return pattern != NEUTRAL and pattern in getattr(module, "UNDER", (pattern,))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    done = config.option.skip_file
    skipped = {tuple(pair) for pair in json.loads(done.read_text())} if done else set()
    wanted = config.option.scenario
    kept = [
        item
        for item in items
        if isinstance(pattern_of(item), str)  # no pattern is left for a scenario
        and (scenario_id(item), pattern_of(item)) not in skipped
        and (not wanted or scenario_id(item) in wanted)
    ]
    if config.option.shuffle is not None:
        random.Random(config.option.shuffle).shuffle(kept)  # noqa: S311 - an order, no secret
        del kept[round(len(kept) * config.option.share) :]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a scenario that went well, if something was raised that it did not name beforehand."""
    ledger = pyfuncitem.stash[_LEDGER] = pyfuncitem.funcargs["world"].ledger
    done = yield
    ledger.judge()
    return done


def pytest_configure(config: pytest.Config) -> None:
    if config.option.record_dir and not _is_controller(config):
        config.pluginmanager.register(Recorder(config), "scenario recorder")


def _is_controller(config: pytest.Config) -> bool:
    """Tell whether this process only hands scenarios to xdist's workers."""
    return bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")


class Recorder:
    """Writes the record of one process, and stops a scenario that outlives its deadline."""

    def __init__(self, config: pytest.Config) -> None:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        name = f"{worker}-{os.getpid()}"
        folder = config.option.record_dir
        self._deadline = config.option.deadline
        self._lines = (folder / f"record-{name}.jsonl").open("a", encoding="utf-8")
        self._hang = (folder / f"hang-{name}.txt").open("w", encoding="utf-8")
        self._current: dict[str, Any] = {}
        self._run = 0
        self._is_first = worker in ("main", "gw0")

    def write(self, event: str, **content: object) -> None:
        self._lines.write(json.dumps({"event": event, **content}, default=str) + "\n")
        self._lines.flush()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Cycles are collected between scenarios and never within one, so that what a scenario sees
        # does not hang on when it runs: within a compile it made CPython 3.11 raise SystemError.
        gc.freeze()
        gc.disable()
        absent = session.config.stash.get(ABSENT, {})
        pairs = [[scenario_id(item), pattern_of(item)] for item in (*session.items, *absent)]
        self.write("planned", observations=pairs)
        # All processes of a cell know of them, and one tells.
        for item, (reason, other) in absent.items() if self._is_first else ():
            self._began(item)
            self._current.update(outcome="not-applicable", reason=reason)
            self._ended(evidence={"same_as": other} if other else {}, warnings=[], seconds=0.0)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.write("collection-failed", where=report.nodeid, text=str(report.longrepr)[-4000:])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._began(item)
        self.write("start", scenario=self._current["scenario"], pattern=self._current["pattern"])
        # Runs in a thread of its own that needs no GIL, so that it ends a hang in C as well.
        faulthandler.dump_traceback_later(self._deadline, exit=True, file=self._hang)
        started = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
            gc.collect(0)
            self._judge_the_end(item)
        faulthandler.cancel_dump_traceback_later()
        self._ended(
            evidence=dict(item.user_properties),
            warnings=sorted({_told(warning) for warning in caught}),
            seconds=round(time.perf_counter() - started, 4),
        )
        self._run += 1
        if self._run % _COLLECT_EVERY == 0:
            gc.collect()
            # Compiled statements and the like stay for good: never to be looked through again.
            gc.freeze()

    def _began(self, item: pytest.Item) -> None:
        names = {"scenario": scenario_id(item), "pattern": pattern_of(item)}
        self._current = {**names, "outcome": "passed", "reason": "", "error": None}

    def _ended(self, **seen: object) -> None:
        self.write("observation", **self._current, **seen)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        yield
        if call.excinfo is None or self._current["outcome"] not in ("passed", "not-applicable"):
            return
        error = call.excinfo.value
        absent = str(error) if isinstance(error, NotApplicable) else lacking(error)
        if absent:
            self._current.update(outcome="not-applicable", reason=absent)
            return
        failed = call.when == "call" and _is_a_finding(error)
        self._current.update(outcome="failed" if failed else "errored", error=_described(error))

    def _judge_the_end(self, item: pytest.Item) -> None:
        """Fail a scenario that passed by what came when its world and its cycles were given up."""
        try:
            if _LEDGER in item.stash:
                item.stash[_LEDGER].judge()
        except AssertionError as error:
            if self._current["outcome"] == "passed":
                self._current.update(outcome="failed", error=_described(error))

    def pytest_sessionfinish(self) -> None:
        self.write("footer")

    def pytest_unconfigure(self) -> None:
        self._lines.close()
        self._hang.close()


def _is_a_finding(error: BaseException) -> bool:
    """Tell a finding from a mistake of the scenarios' own.

    A scenario's assertion is a finding, and so is an exception that came out of a package under
    test; one that never left the scenarios' own code is not, nor is one by which the interpreter
    says that it failed itself (https://github.com/python/cpython/issues/106905 was met here).
    """
    if isinstance(_root(error), (SystemError, MemoryError)):
        return False
    return isinstance(error, AssertionError) or any(map(is_installed, _frames(error)))


def _frames(error: BaseException) -> list[str]:
    return [frame.filename for frame in traceback.extract_tb(error.__traceback__)]


def is_installed(filename: str) -> bool:
    """Tell whether the file belongs to a package of the environment that is under test."""
    _, found, rest = filename.replace("\\", "/").partition("/site-packages/")
    return bool(found) and rest.split("/")[0] not in _TOOLS


def _root(error: BaseException) -> BaseException:
    """Return what a scenario's own assertion was raised from; the findings are grouped by it."""
    while isinstance(error, AssertionError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _described(error: BaseException) -> dict[str, str]:
    root = _root(error)
    lines = traceback.format_exception(type(error), error, _without_tools(error.__traceback__))
    text = str(root).split("\n[SQL:")[0]
    if isinstance(root, AssertionError):
        # pytest appends its own introspection of the asserted expression.
        text = text.split("\nassert ")[0]
    return {
        "type": type(root).__name__,
        "message": text[:600],
        "traceback": _shortened("".join(lines))[-6000:],
    }


def _without_tools(trace: TracebackType | None) -> TracebackType | None:
    """Drop the frames of pytest above the scenario."""
    first = trace
    while trace is not None:
        if "/scenarios/" in trace.tb_frame.f_code.co_filename.replace("\\", "/"):
            return trace
        trace = trace.tb_next
    return first


def _shortened(text: str) -> str:
    """Take this machine's folders out of a text, so that it reads the same everywhere."""
    here = str(Path(__file__).resolve().parent.parent) + os.sep
    for folder in sorted({p for p in sys.path if p.endswith("site-packages")}, key=len)[::-1]:
        text = text.replace(folder + os.sep, "")
    return text.replace(here, "").replace(sys.base_prefix + os.sep, "")


def _told(warning: warnings.WarningMessage) -> str:
    message = str(warning.message).splitlines()[0] if str(warning.message) else ""
    where = _shortened(str(warning.filename))
    return f"{warning.category.__name__}: {message} ({where}:{warning.lineno})"
