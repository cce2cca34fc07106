"""A script that shows one failure again, with the exact packages and nothing of this project; pure.

It holds the scenario itself and what that needs, cut out of `scenarios/`; so it shows the same.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness import patterns
from harness.errors import BadInput
from harness.model import Error, JudgedCell, Matrix, Observation, Outcome
from harness.report.shake import Name, shaken
from harness.rootcause import root_cause

_WIDTH = 96
_FILES = "sqlite"
_MAIN = """
def main():
    with tempfile.TemporaryDirectory() as folder:
        library = SimpleNamespace({library})
        world = {world}(library, {pattern!r}, {database}(Path(folder) / "app.sqlite"))
        try:
            {scenario}(world, lambda **facts: print("seen:", facts))
        except Exception as error:
            traceback.print_exc()
            while isinstance(error, AssertionError) and error.__cause__:
                error = error.__cause__
            print(f"shown: {{type(error).__name__}}: {{str(error).strip()}}")
            return 1
        finally:
            world.close()
    print("mended: it passes with these packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
"""
_UNCOMPILED = re.compile(r"^_compiled = .*$", re.MULTILINE)
"""What makes many scenarios in one process faster; a script has one."""
_WATCHES = re.compile(r"\.watch\.(?!start\b|stop\b)|\bwatch = (?!Watch\(\))")
"""Who asks the watch for what it saw."""
_BLIND = """
class Watch:
    def start(self):
        pass

    def stop(self):
        pass
"""
"""For scenarios that do not ask what sessions and connections did."""
_LOOSE = re.compile(r"^( *class [^\n]*:\n)\n(?= )", re.MULTILINE)
"""The empty line that `ast.unparse` leaves after the head of a class."""
_NEEDS = {
    "import sys",
    "import tempfile",
    "import traceback",
    "from pathlib import Path",
    "from types import SimpleNamespace",
}


_HOOKS = ("with_base", "with_second_engine", "single_table")
"""What an adapter may offer besides; a scenario asks for it by its name in quotes."""


def script(
    judged: JudgedCell, seen: Observation, sources: Mapping[str, str], title: str = ""
) -> str:
    """Give the text of the script for an observation that failed; BadInput where there can be none.

    `sources` are the modules of `scenarios/` by name: `world`, `adapters.plain_sqlalchemy`, ...
    """
    cell = judged.result.cell
    if seen.outcome is not Outcome.FAILED:
        raise BadInput(f"{seen.scenario} with {seen.pattern} is {seen.outcome} in {cell.id}")
    if cell.combination.get("database", _FILES) != _FILES:
        raise BadInput(f"{cell.id} needs a database server, which a script does not bring")
    adapter = f"adapters.{cell.adapter}"
    module, _, function = seen.scenario.partition("::")
    scenario = (f"test_{module}", f"test_{function}")
    wanted = [
        (adapter, "Library"),
        ("databases", "SQLite"),
        ("world", "World"),
        scenario,
    ]
    missing = [name for name, _ in wanted if name not in sources]
    if missing:
        raise BadInput(f"scenarios/ has no module {missing[0].replace('.', '/')}.py")
    if _offers(sources[adapter], "models"):
        raise BadInput(f"{cell.adapter} writes its models itself, which a script does not bring")
    base = patterns.base_of(seen.pattern)
    imports, told, called = _short(sources, wanted, {"MAKERS": base})
    if scenario not in called:
        raise BadInput(f"scenarios/ has no scenario {seen.scenario}")
    hooks = [
        hook
        for hook in _HOOKS
        if _offers(sources[adapter], hook) and any(f"'{hook}'" in text for text in told)
    ]
    if hooks:
        more = [*wanted, *((adapter, hook) for hook in hooks)]
        imports, told, called = _short(sources, more, {"MAKERS": base})
    main = _MAIN.format(
        library=", ".join(f"{name}={called[adapter, name]}" for name in ("Library", *hooks)),
        world=called["world", "World"],
        database=called["databases", "SQLite"],
        pattern=str(seen.pattern),
        scenario=called[scenario],
    )
    lines = _imports(_NEEDS | set(imports))
    head = f"{_about(judged, seen, title)}\n\nfrom __future__ import annotations"
    parts = [_head(judged), head, "\n".join(lines), *told, main.strip()]
    return _LOOSE.sub(r"\1", "\n\n".join(parts)) + "\n"


def _offers(adapter: str, hook: str) -> bool:
    """Whether an adapter has one of the functions that it may have."""
    return f"\ndef {hook}(" in adapter


def found(matrix: Matrix, cell: str, pattern: str, scenario: str) -> tuple[JudgedCell, Observation]:
    """Give an observation of the table by its names; BadInput where it has none such."""
    judged = next((one for one in matrix.cells if one.result.cell.id == cell), None)
    if judged is None:
        raise BadInput(f"the table has no cell {cell}")
    names = (pattern, str(patterns.NEUTRAL))
    for seen in judged.result.observations:
        if seen.pattern in names and seen.scenario == scenario:
            return judged, seen
    raise BadInput(f"{cell} has no observation of {scenario} with {pattern}")


def one_for_each_cause(matrix: Matrix) -> Iterator[tuple[JudgedCell, Observation]]:
    """Give the first failed observation of each root cause, those of broken patterns included."""
    told: set[str] = set()
    for judged in matrix.cells:
        for seen in judged.result.observations:
            cause = root_cause(seen.error, seen.reason)
            if seen.outcome is Outcome.FAILED and cause not in told:
                told.add(cause)
                yield judged, seen


def is_same(status: int, output: str, seen: Observation) -> bool:
    """Whether a script ended with 1 and showed the error that was observed."""
    _, mark, shown = f"\n{output}".rpartition("\nshown: ")
    kind, _, message = shown.partition(": ")
    error = Error(type=kind, message=message)
    return status == 1 and bool(mark) and root_cause(error) == root_cause(seen.error)


def _imports(lines: Iterable[str]) -> list[str]:
    """Give the lines of import, those from one module in one."""
    together: dict[str, list[str]] = {}
    for line in sorted(lines):
        module, _, name = line.partition(" import ")
        together.setdefault(module, []).append(name)
    return sorted(
        (f"{module} import {', '.join(names)}" if names[0] else module)
        for module, names in together.items()
    )


def _short(
    sources: Mapping[str, str], wanted: Sequence[Name], keys: Mapping[str, str]
) -> tuple[list[str], list[str], Mapping[Name, str]]:
    """Give the parts of the script, without what the scenario can do without."""
    sources = {**sources, "world": _UNCOMPILED.sub("_compiled = None", sources["world"])}
    whole = shaken(sources, wanted, keys)
    parts = zip(whole[1], whole[2], strict=True)
    if any(_WATCHES.search(text) for text, (module, _) in parts if module != "sessions"):
        return whole
    return shaken({**sources, "sessions": sources["sessions"] + _BLIND}, wanted, keys)


def _head(judged: JudgedCell) -> str:
    """Give the inline script metadata (PEP 723): the interpreter and the exact packages."""
    result = judged.result
    pins = sorted(f"{name}=={version}" for name, version in result.environment.packages.items())
    python = result.cell.combination["python"]
    dependencies = "".join(f'#   "{pin}",\n' for pin in pins)
    return (
        f'# /// script\n# requires-python = "=={python}.*"\n'
        f"# dependencies = [\n{dependencies}# ]\n# ///"
    )


def _about(judged: JudgedCell, seen: Observation, title: str) -> str:
    told = f"{title or seen.scenario} It fails: {root_cause(seen.error)}"
    how = "Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`."
    where = f"Measured in {judged.result.cell.id} with the pattern {seen.pattern}."
    body = "\n".join(textwrap.fill(one, _WIDTH) for one in (told, where, how))
    safe = body.replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{safe}\n"""'
