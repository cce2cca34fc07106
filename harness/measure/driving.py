"""The way from a cell to its database server: through which driver, asked of the cell itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from harness import drivers
from harness.drivers import Choice, Server
from harness.measure.setting import Setting
from harness.process import Finished

_SECONDS = 60.0
_DEFAULT = """
import json, sys
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
found = {"driver": make_url(sys.argv[1]).get_dialect().driver, "error": "", "usable": []}
try:
    create_engine(sys.argv[1])
except Exception as error:
    found["error"] = "%s: %s" % (type(error).__name__, error)
for name in sys.argv[2:]:
    try:
        make_url(sys.argv[1].replace(":", "+%s:" % name)).get_dialect()
        found["usable"].append(name)
    except Exception:
        pass
print(json.dumps(found))
"""
_CONNECTED = """
import json, os, sys
from importlib import metadata
from sqlalchemy import create_engine
engine = create_engine(os.environ[sys.argv[1]])
with engine.connect():
    pass
kind = "MariaDB" if getattr(engine.dialect, "is_mariadb", False) else sys.argv[2]
version = ".".join(str(part) for part in engine.dialect.server_version_info[:2])
print(json.dumps([kind, version, engine.dialect.driver, metadata.version(sys.argv[3])]))
"""
_SHOWN = {"postgresql": "PostgreSQL", "mariadb": "MySQL"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a cell talks to its server."""

    url: str
    choice: Choice
    note: str = ""
    """What a person should know of addresses that name no driver."""

    @property
    def adds(self) -> tuple[str, ...]:
        """What has to be installed for it."""
        return self.choice.adds


def way(setting: Setting, server: Server, packages: Mapping[str, str]) -> Way:
    """Return the way to a server through the driver that is installed, or that is to be added.

    It is asked before the harness adds anything. Raises BadInput where there is no such way.
    """
    plain = drivers.address(f"{server.url.partition(':')[0].partition('+')[0]}://")
    names = [one.name for one in drivers.DRIVERS[drivers.base_of(server.kind)]]
    found = _told(setting.run(["-c", _DEFAULT, plain, *names], _SECONDS, "driver.log"))
    # Where SQLAlchemy cannot even be imported the controls will tell; any driver will do.
    told = found if isinstance(found, dict) else {"driver": "", "error": "", "usable": names}
    default = str(told["driver"])
    choice = drivers.choose(server.kind, server.url, default, packages, told["usable"])
    return Way(
        url=drivers.address(server.url, choice.driver.name),
        choice=choice,
        note=_note(plain, choice, default, str(told["error"]), packages),
    )


def _note(plain: str, choice: Choice, default: str, error: str, packages: Mapping[str, str]) -> str:
    """Return what became of an address that names no driver; "" where it takes the one used."""
    release = f"SQLAlchemy {packages.get('sqlalchemy', '')}".strip()
    if not choice.is_pinned:
        there = sorted(drivers.packages_of(drivers.kind_of(plain)) & packages.keys())
        lacking = f"{' and '.join(there)}, of no use to {release}" if there else "no driver"
        of = f"{release} takes" if choice.driver.name == default else "can be added here"
        return f"the pins hold {lacking}: {choice.package} was added, which {of} for {plain}"
    if choice.driver.name == default or not default:
        return ""
    scheme = plain.partition(":")[0]
    fails = f" and fails ({error})" if error else ""
    return (
        f"{plain} without a driver's name means {default} to {release}{fails}:"
        f" write {scheme}+{choice.driver.name}://, as was done here"
    )


def connected(setting: Setting, way: Way) -> tuple[str, str]:
    """Return the server and the driver as they tell themselves; else "" and why not."""
    kind = drivers.kind_of(way.url)
    finished = setting.run(
        ["-c", _CONNECTED, drivers.URL, _SHOWN[kind], way.choice.package],
        _SECONDS,
        "driver.log",
        {drivers.URL: way.url},
    )
    match _told(finished):
        case [str(server), str(version), str(driver), str(release)]:
            added = "" if way.choice.is_pinned else " (added by the harness)"
            return f"{server} {version} through {driver} {release}{added}", ""
        case _:
            said = finished.output.strip().splitlines()[-1:] or ["it says nothing"]
            name = way.choice.driver.name
            return "", f"{kind} cannot be reached through {name}: {said[0][:300]}"


def _told(finished: Finished) -> object:
    """Return what a script printed in its last line; None where it failed."""
    lines = finished.output.strip().splitlines()
    try:
        return json.loads(lines[-1]) if finished.returncode == 0 and lines else None
    except ValueError:
        return None
