"""The layout of reports/: where a cell's files are, written so that no half of one is ever read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

from harness import process
from harness.errors import CannotWrite
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    Environment,
    EnvironmentStatus,
    Json,
    Resolution,
)
from harness.record import (
    Unsound,
    control,
    list_at,
    object_at,
    observation,
    read_object,
    seconds_at,
    text_at,
    texts_at,
)

SCHEMA = 1
TABLE = "compatibility.json"
RESULT = "result.json"
_GIT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What is on disk of one cell: its result, or the reason why there is none."""

    cell: CellId
    result: CellResult | None
    reason: str = ""


def cell_folder(reports: Path, cell: CellId) -> Path:
    """Return where the files of a cell are; ids that are no file name get a hash instead."""
    name = re.sub(r"[^A-Za-z0-9._+=-]", "_", cell)[:120].lstrip(".")
    if name != cell:
        name = f"{name}-{hashlib.sha256(cell.encode()).hexdigest()[:8]}"
    return reports / "cells" / name


def fresh_folder(folder: Path) -> None:
    """Make the folder of a cell, without the files of an earlier run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.is_file():
                old.unlink()
    except OSError as error:
        raise cannot_write(folder, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a whole file at once: whoever reads sees the old one or the new one."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Return the one line for a file that cannot be written."""
    return CannotWrite(f"cannot write {path}: {error.strerror or error}")


def write_result(folder: Path, result: CellResult) -> None:
    """Write `result.json` of a cell."""
    content = {"schema": SCHEMA, **_fields(result)}
    write_text(folder / RESULT, json.dumps(content, indent=1) + "\n")


def write_cell(folder: Path, cell: Cell) -> None:
    """Write `cell.json`, so that the folder tells what it is about before anything has run."""
    write_text(folder / "cell.json", json.dumps(_fields(cell), indent=1) + "\n")


def read_result(folder: Path, cell: CellId) -> Stored:
    """Read `result.json` of a cell; whatever is there, this returns."""
    try:
        text = (folder / RESULT).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Stored(cell=cell, result=None, reason="it was not run")
    except (OSError, UnicodeDecodeError) as error:
        return Stored(cell=cell, result=None, reason=f"its result cannot be read: {error}")
    try:
        result = load_result(text)
    except (Unsound, RecursionError) as error:
        return Stored(cell=cell, result=None, reason=f"its result is damaged: {error}")
    if result.cell.id != cell:
        return Stored(cell=cell, result=None, reason=f"its result is that of {result.cell.id}")
    return Stored(cell=cell, result=result)


def read_results(reports: Path, cells: Iterable[CellId]) -> tuple[Stored, ...]:
    """Read what is on disk of every cell of a plan, in its order."""
    return tuple(read_result(cell_folder(reports, cell), cell) for cell in cells)


def load_result(text: str) -> CellResult:
    """Read a result from the text of `result.json`; raise Unsound where it is none."""
    value = read_object(text)
    if value.get("schema") != SCHEMA:
        raise Unsound(f"schema {value.get('schema')!r} where {SCHEMA} is expected")
    try:
        return CellResult(
            cell=_cell(object_at(value, "cell")),
            environment=_environment(object_at(value, "environment")),
            ending=Ending(text_at(value, "ending")),
            message=text_at(value, "message"),
            controls=tuple(control(_object(part)) for part in list_at(value, "controls")),
            observations=tuple(
                observation(_object(part)) for part in list_at(value, "observations")
            ),
            seconds=seconds_at(value),
            cpu_seconds=seconds_at(value, "cpu_seconds"),
        )
    except ValueError as error:
        raise Unsound(str(error)) from None


def previous_table(root: Path) -> str | None:
    """Return the committed table, else the one on disk, else None."""
    shown = process.run(
        ["git", "show", f"HEAD:./reports/{TABLE}"],
        cwd=root,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        deadline_seconds=_GIT_SECONDS,
    )
    if shown.returncode == 0:
        return shown.output
    try:
        return (root / "reports" / TABLE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _fields(value: CellResult | Cell) -> dict[str, object]:
    return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}


def _plain(value: object) -> object:
    """Return a frozen value as what JSON can hold."""
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _cell(value: Mapping[str, Json]) -> Cell:
    return Cell(
        id=CellId(text_at(value, "id")),
        combination=texts_at(value, "combination"),
        requirements=_texts(value, "requirements"),
        companions=_texts(value, "companions"),
        adapter=text_at(value, "adapter"),
        library=text_at(value, "library"),
        resolution=_resolution(value.get("resolution")),
    )


def _resolution(value: Json) -> Resolution:
    """Read how packages were chosen; a result of before there was a choice says nothing of it."""
    if value is None:
        return Resolution()
    found = _object(value)
    return Resolution(
        as_of=text_at(found, "as_of"),
        lowest=found.get("lowest") is True,
        against=_texts(found, "against"),
        within=_texts(found, "within") if "within" in found else (),
    )


def _environment(value: Mapping[str, Json]) -> Environment:
    return Environment(
        status=EnvironmentStatus(text_at(value, "status")),
        packages=texts_at(value, "packages"),
        message=text_at(value, "message"),
        database=str(value.get("database", "")),
    )


def _texts(value: Mapping[str, Json], key: str) -> tuple[str, ...]:
    found = list_at(value, key)
    if not all(isinstance(part, str) for part in found):
        raise Unsound(f"{key}: no list of texts")
    return tuple(str(part) for part in found)


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise Unsound("no object")
    return value
