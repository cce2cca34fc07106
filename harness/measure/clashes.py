"""Two packages that bring the same file: whichever was installed last has it, by luck."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

_CODE = (".py", ".so", ".pyd")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """A file with more than one owner, and how many more files these own together."""

    file: str
    owners: tuple[str, ...]
    """Names and versions: `flask-login 0.6.3`."""
    more: int = 0

    @property
    def names(self) -> frozenset[str]:
        """The owners' names."""
        return frozenset(owner.partition(" ")[0] for owner in self.owners)

    @property
    def told(self) -> str:
        """The clash in a sentence."""
        more = f" (and {self.more} more files)" if self.more else ""
        owners = " and ".join(self.owners)
        return f"{owners} both bring {self.file}{more}: which of them is there is luck"


def found(venv: Path) -> tuple[Clash, ...]:
    """Return what packages of an environment fight over, told by their own records (RECORD).

    A file that is the same in both is no fight: packages that share a namespace bring such.
    """
    owners: dict[str, dict[str, str]] = {}
    for record in sorted(venv.glob("lib*/python*/site-packages/*.dist-info/RECORD")):
        for file, digest in _files(record):
            owners.setdefault(file, {})[_owner(record)] = digest
    fought: dict[tuple[str, ...], list[str]] = {}
    for file, digests in owners.items():
        if len(set(digests.values())) > 1:
            fought.setdefault(tuple(sorted(digests)), []).append(file)
    return tuple(
        Clash(file=min(files), owners=names, more=len(files) - 1)
        for names, files in sorted(fought.items())
    )


def _owner(record: Path) -> str:
    name, _, version = record.parent.name.removesuffix(".dist-info").rpartition("-")
    return f"{canonicalize_name(name)} {version}"


def _files(record: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules that a package brings, with their digests."""
    with record.open(encoding="utf-8", errors="replace", newline="") as lines:
        for row in csv.reader(lines):
            path = PurePosixPath(row[0]) if len(row) > 1 else PurePosixPath()
            if path.suffix in _CODE and ".." not in path.parts:
                yield str(path), row[1]
