"""A script that shows one failure again, with the exact packages and nothing of this project; pure.

It holds the scenario itself and what that needs, cut out of `scenarios/`; so it shows the same.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import patterns
from harness.errors import BadInput
from harness.model import (
    Control,
    Error,
    JudgedCell,
    Observation,
    Outcome,
    PatternName,
)
from harness.rootcause import root_cause
from harness.scripts.shake import Name, shaken

_WIDTH = 96
_FILES = "sqlite"
HANDLE = "session_for_view"
"""The function of a script that says what the view gets: the pattern."""
RUN = "show_failure"
"""The function of a script that does what fails; it gets an empty folder."""
_RUN = """
def {run}(folder):
    world = {world}(SimpleNamespace({library}), {pattern!r}, {database}(folder / "app.sqlite"))
    evidence = lambda **facts: print("seen:", facts)
"""
TAIL = """
folder = Path(tempfile.mkdtemp())
try:
    show_failure(folder)
except Exception as error:
    traceback.print_exc()
    while isinstance(error, AssertionError) and error.__cause__:
        error = error.__cause__
    sys.exit(f"shown: {type(error).__name__}: {str(error).strip()}")
finally:
    shutil.rmtree(folder, ignore_errors=True)
print("mended: it passes with these packages")
"""
"""What calls it, and tells what came of it."""
TAIL_IMPORTS = (
    "from pathlib import Path",
    *(f"import {name}" for name in ("shutil", "sys", "tempfile", "traceback")),
)
_MENDED = TAIL.strip().splitlines()[-1]
_FAST = re.compile(r"^_compiled = .*\n|^ *self\.jinja_options = .*\n", re.MULTILINE)
"""What makes many scenarios in one process faster; a script has one."""
_LOOKED_UP = 'self.patterns[self.pattern.partition("@")[0]]'
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
_CLASS = re.compile(r"<class '[\w.]+\.(?=(?:\w+\.<locals>\.)?\w+'>)")
"""Where a class was defined, in an error's message: here it is another file."""
_HOOKS = ("with_base", "with_second_engine", "single_table", "models")
"""What an adapter may offer besides; a scenario asks for it by its name in quotes."""
_LATE = "from __future__ import annotations"
"""Where an adapter goes without it, its models have to."""
_BARE = ("import flask", "import sqlalchemy", "import library", "import flask-admin")
_OURS = re.compile(r"^ *from scenarios(?:\.\w+)? import .*\n", re.MULTILINE)
_DEPLOYED = "deployed_servers::"


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A script in its parts; `body` is what can be shorter, its imports included."""

    head: str
    about: str
    body: str
    is_bare: bool = False
    """Whether the body only imports: Python itself tells what comes of that."""

    @property
    def text(self) -> str:
        """The file."""
        if self.is_bare:
            return f"{self.head}\n\n{self.about}\n\n{self.body}\n\n{_MENDED}" + "\n"
        tree = ast.parse(self.body)
        lines = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
        told = [ast.unparse(one) for one in tree.body if one not in lines]
        imports = _imports({*TAIL_IMPORTS, *(line for one in lines for line in _each(one))})
        parts = [self.head, self.about, "\n".join(imports), *told, TAIL.strip()]
        return _LOOSE.sub(r"\1", "\n\n".join(parts)) + "\n"

    def shorter(self, body: str) -> Script:
        """Give the same with another body."""
        return replace(self, body=body)


def runnable(body: str) -> str:
    """Give a file that does what a script with this body does, line by line where it stands."""
    return "\n".join([body, *TAIL_IMPORTS, TAIL])


def script(
    judged: JudgedCell, seen: Observation, sources: Mapping[str, str], title: str = ""
) -> Script:
    """Give the script for an observation that failed; BadInput where there can be none.

    `sources` are the modules of `scenarios/` by name: `world`, `adapters.plain_sqlalchemy`, ...
    """
    cell = judged.result.cell
    if seen.scenario.startswith(_DEPLOYED):
        raise BadInput(f"{seen.scenario} is about a deployed server, which a script does not bring")
    if seen.outcome is not Outcome.FAILED:
        raise BadInput(f"{seen.scenario} with {seen.pattern} is {seen.outcome} in {cell.id}")
    if cell.combination.get("database", _FILES) != _FILES:
        raise BadInput(f"{cell.id} needs a database server, which a script does not bring")
    adapter = f"adapters.{cell.adapter}"
    pattern = _handle_of(seen)
    module, _, called_by = seen.scenario.partition("::")
    function, _, value = called_by.removesuffix("]").partition("[")
    scenario = (f"test_{module}", f"test_{function}")
    wanted = [(adapter, "Library"), ("databases", "SQLite"), ("world", "World"), scenario]
    missing = [name for name, _ in wanted if name not in sources]
    if missing:
        raise BadInput(f"scenarios/ has no module {missing[0].replace('.', '/')}.py")
    sources, bound = _as_called(sources, scenario, value)
    imports, told, called = _short(sources, wanted, pattern)
    if scenario not in called:
        raise BadInput(f"scenarios/ has no scenario {seen.scenario}")
    hooks = [
        hook
        for hook in _HOOKS
        if f"\ndef {hook}(" in sources[adapter] and any(f"'{hook}'" in text for text in told)
    ]
    if hooks:
        more = [*wanted, *((adapter, hook) for hook in hooks)]
        imports, told, called = _short(sources, more, pattern)
    run = _RUN.format(
        run=RUN,
        library=", ".join(f"{name}={called[adapter, name]}" for name in ("Library", *hooks)),
        world=called["world", "World"],
        database=called["databases", "SQLite"],
        pattern=pattern,
    )
    run += bound
    own = ast.parse(told.pop(list(called).index(scenario)))
    does = textwrap.indent(ast.unparse(own.body[0].body), "    ")  # type: ignore[attr-defined]
    needs = {"from types import SimpleNamespace", *imports}
    if _LATE in sources[adapter]:
        needs.add(_LATE)
    return Script(
        head=head(judged),
        about=_about(judged, f"{title or seen.scenario} It fails: {root_cause(seen.error)}", seen),
        body="\n\n".join(["\n".join(_imports(needs)), *told, run.strip() + "\n" + does]),
    )


def _handle_of(seen: Observation) -> str:
    """Give the pattern of the handle that the view got; a neutral scenario tells which it was."""
    if seen.pattern != patterns.NEUTRAL:
        return str(seen.pattern)
    return str(seen.evidence.get("handle", "scoped-session"))


def _as_called(
    sources: Mapping[str, str], scenario: Name, value: str
) -> tuple[Mapping[str, str], str]:
    """Give the modules with the scenario as pytest runs it, and the line that binds its parameter.

    At its end it is judged by what was raised and not named, as in a run.
    """
    module, function = scenario
    tree, bound = ast.parse(sources[module]), ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for decorator in node.decorator_list:
                match decorator:
                    case ast.Call(args=[ast.Constant(value=str(parameter)), *_]):
                        bound = f"    {parameter} = {value!r}\n"
                    case _:
                        pass
            node.decorator_list = []
            node.body += ast.parse("world.ledger.judge()").body
    return {**sources, module: ast.unparse(tree)}, bound


def control_script(judged: JudgedCell, control: Control, sources: Mapping[str, str]) -> Script:
    """Give the script for a control that failed: an import, or one party by itself."""
    adapter = f"adapters.{judged.result.cell.adapter}"
    if control.outcome is not Outcome.FAILED:
        raise BadInput(f"{control.name!r} is {control.outcome} in {judged.result.cell.id}")
    body = {
        "import flask": "import flask",
        "import sqlalchemy": "import sqlalchemy.orm",
        "import flask-admin": "import flask_admin.contrib.sqla",
        "import library": "\n".join(_imported(sources[adapter])),
        "flask alone": _alone(sources, "flask_alone"),
        "library alone": _alone(sources, "library_alone", adapter),
    }.get(control.name)
    if body is None:
        raise BadInput(f"there is no control {control.name!r}")
    told = f"{control.name} fails, with nothing else in play: {root_cause(control.error)}"
    return Script(
        head=head(judged), about=_about(judged, told), body=body, is_bare=control.name in _BARE
    )


def _doing(lines: str) -> str:
    return f"def {RUN}(folder):\n{textwrap.indent(lines, '    ')}\n"


def _imported(adapter: str) -> list[str]:
    """Give what the file of an adapter imports when it is imported itself."""
    lines = [one for one in ast.parse(adapter).body if isinstance(one, ast.Import | ast.ImportFrom)]
    told = [line for one in lines for line in _each(one)]
    ours = ("from __future__", "from typing", "from scenarios", "from collections")
    return _imports(line for line in told if not line.startswith(ours))


def _alone(sources: Mapping[str, str], function: str, adapter: str = "") -> str:
    """Give what the control itself does, cut out of `scenarios/probe.py`."""
    probe = _OURS.sub("", sources["probe"]).replace("adapters.load(adapter)", "adapter")
    wanted = [("probe", function), *((adapter, hook) for hook in _parts(sources, adapter))]
    probe = f"from . import models\nfrom .client import client_of\n{probe}"
    imports, told, called = shaken({**sources, "probe": probe}, wanted)
    parts = ", ".join(f"{name}={called[adapter, name]}" for name in _parts(sources, adapter))
    given = f"SimpleNamespace({parts})" if adapter else ""
    needs = {"from types import SimpleNamespace", *imports} if adapter else imports
    return "\n\n".join(
        ["\n".join(_imports(needs)), *told, _doing(f"{called['probe', function]}({given})")]
    )


def _parts(sources: Mapping[str, str], adapter: str) -> list[str]:
    """Give what the control asks an adapter for."""
    offered = sources.get(adapter, "")
    return [
        name for name in ("Library", "models") if re.search(rf"\n(?:class|def) {name}\b", offered)
    ]


def with_pattern(body: str, now: str, instead: str, sources: Mapping[str, str]) -> str:
    """Give the body of a script as it is with another pattern."""
    if now == instead:
        return body
    named = {**sources, "patterns": _named(sources["patterns"], instead)}
    imports, told, _ = shaken(named, [("patterns", HANDLE)])
    tree = ast.parse(body)
    at = next(
        (n for n, one in enumerate(tree.body) if getattr(one, "name", "") == HANDLE), len(tree.body)
    )
    tree.body[at : at + 1] = ast.parse("\n".join([*imports, *told])).body
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and part.value == now:
            part.value = instead
    return ast.unparse(tree)


def pattern_parts(pattern: str, sources: Mapping[str, str]) -> list[str]:
    """Give the names of what a pattern is made of in a script."""
    named = {**sources, "patterns": _named(sources["patterns"], pattern)}
    return list(shaken(named, [("patterns", HANDLE)])[2].values())


def imported(body: str) -> list[str]:
    """Give the modules that a script imports first of all."""
    nodes = ast.parse(body).body
    found = {one.module for one in nodes if isinstance(one, ast.ImportFrom) and one.module}
    found |= {name.name for one in nodes if isinstance(one, ast.Import) for name in one.names}
    return sorted(found)


def _named(source: str, pattern: str) -> str:
    """Give the module of the patterns, the function of this one under the name of scripts.

    Where there is no `db` object the pattern is not applicable, and there is no failure.
    """
    base = patterns.base_of(PatternName(pattern))
    maker = re.search(rf'^    "{base}": (\w+),$', source, re.MULTILINE)
    if maker is None:
        raise BadInput(f"scenarios/patterns.py has no pattern {base}")
    source = source.replace("    _extension(library)\n", "").replace(
        "_extension(library)", "library.db"
    )
    return source.replace(f"\ndef {maker[1]}(", f"\ndef {HANDLE}(")


def is_same(status: int, output: str, error: Error | None) -> bool:
    """Whether a script ended with 1 and showed the error that was observed."""
    _, mark, text = f"\n{output}".rpartition("\nshown: ")
    if not mark and output.strip():  # what Python itself says last: `sqlalchemy.exc.Error: ...`
        kind, mark, message = output.strip().splitlines()[-1].partition(": ")
        text = f"{kind.rpartition('.')[2]}: {message}"
    kind, _, message = text.partition(": ")
    return status == 1 and bool(mark) and _shown(Error(type=kind, message=message)) == _shown(error)


def _shown(error: Error | None) -> str:
    """Give the root cause of an error; what SQLAlchemy adds is the statement."""
    if error is None:
        return ""
    text = _CLASS.sub("<class '", error.message.split("\n[SQL:")[0])
    return root_cause(replace(error, message=text))


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


def _each(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Give a line for each name that is imported."""
    for one in node.names:
        yield ast.unparse(
            ast.Import(names=[one])
            if isinstance(node, ast.Import)
            else ast.ImportFrom(module=node.module, names=[one], level=node.level)
        )


def _short(
    sources: Mapping[str, str], wanted: Sequence[Name], pattern: str
) -> tuple[list[str], list[str], Mapping[Name, str]]:
    """Give the parts of the script, without what the scenario can do without."""
    world = sources["world"].replace(_LOOKED_UP, f"patterns.{HANDLE}")
    world = _FAST.sub("", world.replace("    patterns = patterns.MAKERS\n", ""))
    sources = {**sources, "world": world, "patterns": _named(sources["patterns"], pattern)}
    whole = shaken(sources, wanted)
    parts = zip(whole[1], whole[2], strict=True)
    if any(_WATCHES.search(text) for text, (module, _) in parts if module != "sessions"):
        return whole
    return shaken({**sources, "sessions": sources["sessions"] + _BLIND}, wanted)


def head(judged: JudgedCell) -> str:
    """Give the inline script metadata (PEP 723): the interpreter and the exact packages."""
    result = judged.result
    pins = sorted(f"{name}=={version}" for name, version in result.environment.packages.items())
    python = result.cell.combination["python"]
    dependencies = "".join(f'#   "{pin}",\n' for pin in pins)
    return (
        f'# /// script\n# requires-python = "=={python}.*"\n'
        f"# dependencies = [\n{dependencies}# ]\n# ///"
    )


def _about(judged: JudgedCell, told: str, seen: Observation | None = None) -> str:
    how = "Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`."
    under = f" with the pattern {seen.pattern}" if seen else ""
    where = f"Measured in {judged.result.cell.id}{under}."
    body = "\n".join(
        textwrap.fill(one, _WIDTH, break_on_hyphens=False) for one in (told, where, how)
    )
    safe = body.replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{safe}\n"""'
