"""What Git says through uv where a repository or a reference in it cannot be had; pure."""

from __future__ import annotations

import re

NOT_HERE = "Git executable not found"
_FAILED = "Git operation failed"
_ADDRESS = re.compile(r"git fetch [^\n]*? '([^']+)' '\+")
_NO_REFERENCE = re.compile(
    r"failed to (?:fetch|find) (branch or tag|branch, tag, or commit|[\w ]+) `([^`]+)`"
)
_NO_REPOSITORY = re.compile(
    r"does not appear to be a git repository|[Rr]epository (?:'[^']*' )?not found|does not exist"
)


def is_missing(output: str) -> bool:
    """Whether it is Git itself that is not on this machine."""
    return NOT_HERE in output


def trouble(output: str) -> tuple[bool, str]:
    """Return whether what is asked for does not exist, and why there is none, in a sentence.

    The sentence is empty where it is not Git that failed.
    """
    if is_missing(output):
        return False, "Git is not installed on this machine, and a repository can be had by it only"
    if _FAILED not in output:
        return False, ""
    found = _ADDRESS.search(output)
    place = found[1] if found else "the repository"
    reference = _NO_REFERENCE.search(output)
    if _NO_REPOSITORY.search(output):
        return True, f"there is no Git repository at {place}"
    if reference and re.search(r"couldn't find remote ref|not our ref|unadvertised", output):
        return True, f"{place} has no branch, tag or commit {reference[2]}"
    said = [line.strip() for line in output.splitlines() if "fatal: " in line or "ssh: " in line]
    words = said[0].removeprefix("fatal: ") if said else "no answer"
    return False, f"the repository {place} cannot be read: {words}"
