"""Measure one cell: lock, install, controls, scenarios; whatever happens in it is a result."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness import drivers, store
from harness.errors import BadInput, RegistryUnreachable
from harness.measure import (
    bytecode,
    clashes,
    driving,
    hashes,
    install,
    oldest,
    resolve,
    webservers,
)
from harness.measure.clashes import Clash
from harness.measure.observe import observed
from harness.measure.resolve import Lock, Unresolvable, Why
from harness.measure.setting import Setting
from harness.model import CellResult, Ending, Environment, EnvironmentStatus
from harness.process import Finished

_STATUS = {
    **dict.fromkeys(Why, EnvironmentStatus.UNRESOLVABLE),
    Why.BUILD_FAILED: EnvironmentStatus.UNINSTALLABLE,
    Why.NO_COMPILER: EnvironmentStatus.UNKNOWN,  # elsewhere it may well be built
    Why.NO_UPLOAD_TIMES: EnvironmentStatus.UNKNOWN,
}
"""What it says of an environment that there is no lock for it."""


def measure(setting: Setting, *, refuse_bad_input: bool = False) -> CellResult:
    """Measure a cell in its environment, and leave the evidence in its folder.

    Raises RegistryUnreachable where the package index does not answer, CannotWrite where the
    folder cannot be written, and, with `refuse_bad_input`, BadInput where a requirement names
    something that does not exist.
    """
    return _kept(setting, lambda: _measured(setting, refuse_bad_input=refuse_bad_input))


def observe(setting: Setting) -> CellResult:
    """Measure a cell in an environment that is there already, as it is."""
    return _kept(setting, lambda: observed(setting, None, lambda: ""))


def repeated(setting: Setting, times: int, jobs: int) -> Iterator[CellResult]:
    """Measure a cell, then run its scenarios again and again in the environment that it made.

    The first run is whole and in order; every later one is in a random order of its own, and each
    second one runs a random half only. `jobs` runs go on at once.
    """
    yield measure(setting)

    def again(number: int) -> CellResult:
        share = 1.0 if number % 2 else 0.5
        chosen = replace(setting.selection, seed=number, share=share)
        folder = setting.folder / f"run-{number % jobs}"
        return observe(replace(setting, folder=folder, selection=chosen, spent=[]))

    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[Future[CellResult]] = deque()
        for number in range(1, times):
            if len(waiting) == jobs:
                yield waiting.popleft().result()
            waiting.append(pool.submit(again, number))
        yield from (one.result() for one in waiting)


def import_seconds(setting: Setting) -> float:
    """Return the CPU seconds that importing pytest and the packages under test takes."""
    module = f"scenarios.adapters.{setting.cell.adapter}"
    code = f"import sys; sys.path.insert(0, '.'); import pytest, flask_admin.contrib.sqla, {module}"
    return setting.run(["-c", code], setting.deadlines.controls, "imports.log").cpu_seconds


def _kept(setting: Setting, measured: Callable[[], CellResult]) -> CellResult:
    """Do the work, and write what came of it."""
    started = time.perf_counter()
    store.fresh_folder(setting.folder)
    store.write_cell(setting.folder, setting.cell)
    try:
        result = measured()
    except OSError as error:
        raise store.cannot_write(setting.folder, error) from error
    result = replace(
        result,
        seconds=round(time.perf_counter() - started, 3),
        cpu_seconds=round(sum(finished.cpu_seconds for finished in setting.spent), 3),
    )
    store.write_result(setting.folder, result)
    return result


def _measured(setting: Setting, *, refuse_bad_input: bool) -> CellResult:
    """Lock, install, observe."""
    if setting.server is not None and setting.server.reason:
        return _without_environment(setting, EnvironmentStatus.UNKNOWN, setting.server.reason)
    if not setting.python.exists():
        return _without_environment(
            setting, EnvironmentStatus.INTERPRETER_MISSING, "there is no interpreter to run it"
        )
    locked = resolve.lock(
        setting.cell,
        setting.python,
        folder=setting.folder,
        env=setting.env,
        deadline_seconds=setting.deadlines.lock,
    )
    setting.spent.append(locked.finished)
    if isinstance(locked, Unresolvable):
        store.write_text(setting.folder / "install.log", locked.text)
        if refuse_bad_input and locked.why.is_bad_input:
            raise BadInput(locked.message)
        return _without_environment(setting, _status(locked.why, locked.message), locked.message)
    if told := oldest.too_old(locked.packages):
        return _without_environment(setting, EnvironmentStatus.UNKNOWN, told)
    return _of_lock(setting, locked, refuse_bad_input=refuse_bad_input)


def _of_lock(setting: Setting, locked: Lock, *, refuse_bad_input: bool) -> CellResult:
    """Install, observe."""
    store.write_text(setting.folder / "lock.txt", hashes.written(locked.text, setting.hashes))
    why, trouble = _installed(setting, locked)
    if trouble:
        if refuse_bad_input and why.is_bad_input:
            raise BadInput(trouble)
        unknown = why in (Why.NO_COMPILER, Why.HASH_MISMATCH) or _is_of_driver(trouble)
        status = EnvironmentStatus.UNKNOWN if unknown else EnvironmentStatus.UNINSTALLABLE
        return _without_environment(setting, status, trouble)
    clash = _clash(setting)
    if clash and clash.names & _under_test(setting):
        return _without_environment(setting, EnvironmentStatus.MIS_RESOLVED, clash.told)
    result = _on_its_database(setting, locked)
    if setting.bytecode:
        bytecode.keep(setting.venv, setting.bytecode)
    told = "; ".join(filter(None, [result.environment.message, clash.told if clash else ""]))
    return replace(result, environment=replace(result.environment, message=told))


def _on_its_database(setting: Setting, locked: Lock) -> CellResult:
    """Observe what is installed, on the server through its driver where there is a server."""
    if setting.server is None:
        return observed(setting, locked, lambda: _with_tools(setting, locked))
    try:
        way = driving.way(setting, setting.server, locked.packages)
    except BadInput as error:
        return _without_environment(setting, EnvironmentStatus.UNKNOWN, str(error))
    there = replace(setting, server=replace(setting.server, url=way.url))
    told: list[str] = []

    def add_tools() -> str:
        trouble = _with_tools(there, locked, way.adds)
        database, silent = ("", trouble) if trouble else driving.connected(there, way)
        told.append(database)
        return silent

    result = observed(there, locked, add_tools)
    environment = replace(result.environment, database="".join(told))
    note = "; ".join(filter(None, [environment.message, way.note]))
    return replace(result, environment=replace(environment, message=note))


def _status(why: Why, message: str) -> EnvironmentStatus:
    built = why is Why.BUILD_FAILED and _is_of_driver(message)
    return EnvironmentStatus.UNKNOWN if built else _STATUS[why]


def _is_of_driver(trouble: str) -> bool:
    """Whether it is a driver that cannot be built: it lacks the database's own headers here."""
    name, _, _ = trouble.partition(" ")
    return canonicalize_name(name) in drivers.PACKAGES and " does not build " in trouble


def _clash(setting: Setting) -> Clash | None:
    """Return what two packages fight over, first of all a file of one that is under test."""
    under_test = _under_test(setting)
    fought = sorted(clashes.found(setting.venv), key=lambda one: not one.names & under_test)
    return fought[0] if fought else None


def _under_test(setting: Setting) -> frozenset[str]:
    lines = [line for line in setting.cell.requirements if not line.startswith((".", "/"))]
    return frozenset(canonicalize_name(Requirement(line).name) for line in lines)


def _installed(setting: Setting, locked: Lock) -> tuple[Why, str]:
    """Install the packages under test; return why that was not possible, or an empty message."""
    return _why_not(
        setting,
        install.packages(
            locked,
            setting.python,
            folder=setting.folder,
            env=setting.env,
            deadline_seconds=setting.deadlines.install,
        ),
    )


def _with_tools(setting: Setting, locked: Lock, beside: Sequence[str] = ()) -> str:
    """Install the harness's tools; return why that was not possible, or ""."""
    wanted = "\n".join([install.TOOLS.read_text(encoding="utf-8"), *beside])
    _, trouble = _why_not(
        setting,
        install.tools(
            install.missing_tools(wanted, locked.packages),
            setting.python,
            folder=setting.folder,
            env=setting.env,
            deadline_seconds=setting.deadlines.install,
        ),
    )
    if trouble:
        return f"the harness's own tools cannot be installed: {trouble}"
    webservers.provide(setting, locked)
    return ""


def _why_not(setting: Setting, finished: Finished) -> tuple[Why, str]:
    """Return why an installation failed, in a sentence; "" where it did not."""
    setting.spent.append(finished)
    if setting.bytecode:
        bytecode.give(setting.venv, setting.bytecode)
    if finished.timed_out:
        return Why.UNKNOWN, f"the installation did not end in {setting.deadlines.install:g} s"
    if finished.returncode == 0:
        return Why.UNKNOWN, ""
    why, message = resolve.classify(finished.output)
    if why is Why.UNREACHABLE:
        raise RegistryUnreachable(message)
    return why, message


def _without_environment(setting: Setting, status: EnvironmentStatus, message: str) -> CellResult:
    return CellResult(
        cell=setting.cell,
        environment=Environment(status=status, message=message),
        ending=Ending.NOT_RUN,
        message=message,
    )
