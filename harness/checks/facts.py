"""What an interpreter says of itself: the variables of markers, and what it has installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.errors import BadInput, MissingInterpreter

_SECONDS = 30.0
_FACTS = """
import sys
del sys.path[0]  # the folder that it was started in
import json, os, platform
if sys.version_info < (3, 8):  # older than any that could be checked on
    level = "%d.%d" % sys.version_info[:2]
    print(json.dumps({"packages": [], "markers": {"python_version": level}}))
    sys.exit()
from importlib import metadata
def version(info):
    kind = info.releaselevel
    return "%d.%d.%d" % info[:3] + ("" if kind == "final" else kind[0] + str(info.serial))
found = {}
for one in metadata.distributions():
    name = one.metadata["Name"]
    if name and name.lower() not in found:
        direct = one.read_text("direct_url.json")
        direct = json.loads(direct) if direct else None
        found[name.lower()] = {"name": name, "version": one.version, "direct": direct}
print(json.dumps({"packages": list(found.values()), "markers": {
    "implementation_name": sys.implementation.name,
    "implementation_version": version(sys.implementation.version),
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_release": platform.release(),
    "platform_system": platform.system(),
    "platform_version": platform.version(),
    "python_full_version": platform.python_version(),
    "platform_python_implementation": platform.python_implementation(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}}))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """What an interpreter says of itself: its variables for markers, and what it has installed."""

    path: Path
    markers: Mapping[str, str]
    packages: tuple[Mapping[str, object], ...] = ()

    @property
    def level(self) -> str:
        """The Python level that it is of."""
        return self.markers["python_version"]


def of(path: Path, env: Mapping[str, str]) -> Interpreter:
    """Ask an interpreter what it is and what it has installed.

    Raises MissingInterpreter where there is none, BadInput where it is something else.
    """
    if not path.exists():
        raise MissingInterpreter(f"--python {path}: there is no such file")
    finished = process.run(
        [path, "-E", "-s", "-c", _FACTS], cwd=Path.cwd(), env=env, deadline_seconds=_SECONDS
    )
    try:
        found = json.loads(finished.output.strip().splitlines()[-1])
        return Interpreter(
            path=path,
            markers={str(key): str(value) for key, value in found["markers"].items()},
            packages=tuple(found["packages"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        said = finished.output.strip().splitlines()[-1:] or ["it says nothing"]
        raise BadInput(f"--python {path} is no Python: {said[0][:100]}") from error
