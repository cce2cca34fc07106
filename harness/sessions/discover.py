"""`nox -s discover`: what has been released, told and added to the matrix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from harness import options, project, store
from harness.errors import UNCHANGED, BadInput, RegistryUnreachable
from harness.releases import discover, rewrite
from harness.releases.index import Index, Release
from harness.sessions.telling import guarded, say


def released(root: Path, arguments: Sequence[str]) -> int:
    """Print which levels the releases in the index make; with `--write` add them to the matrix."""
    return guarded(lambda: _released(project.load(root), arguments))


def _released(here: project.Project, arguments: Sequence[str]) -> int:
    asked = options.parse_discover(arguments, discover.packages(here.spec))
    stays = "harness/matrix.toml stays as it is"
    if asked.offline or os.environ.get("UV_OFFLINE", "0").lower() not in ("", "0", "false", "no"):
        raise RegistryUnreachable(f"offline, so that the index was not asked: {stays}")
    index = Index(here.kept / "index")
    try:
        known = {name: _in_index(index, name) for name in asked.packages}
    except RegistryUnreachable as error:
        raise RegistryUnreachable(f"{error}; {stays}") from error
    found = discover.found(here.spec, known, pre_releases=asked.pre_releases)
    added = [level for one in found for level in one.added]
    path = here.root / "harness" / "matrix.toml"
    made = rewrite.with_levels(path.read_text(encoding="utf-8"), added)
    if asked.write and added:
        store.write_text(path, made)
    for one in found:
        say("\n".join(discover.told(one, written=asked.write)))
    if not added:
        say(f"nothing is to be added: {stays}")
    else:
        levels = f"{len(added)} {'level' if len(added) == 1 else 'levels'}"
        say(f"{levels} added to harness/matrix.toml" if asked.write else f"{levels}: add --write")
    return UNCHANGED


def _in_index(index: Index, name: str) -> Sequence[Release] | None:
    try:
        return index.releases(name)
    except BadInput:  # the index answers, and has no such package
        return None
