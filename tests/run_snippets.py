"""Runs code to copy as it stands: a child's program, in an environment with what the code imports.

In: a JSON object of names and code. Out: the same names, each with `works` or the error.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import Any

from jinja2 import FileSystemBytecodeCache


def main() -> None:
    """Run each in a folder of its own, where its database is made."""
    found = {}
    templates = tempfile.mkdtemp()
    for name, code in json.load(sys.stdin).items():
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                found[name] = tried(code, FileSystemBytecodeCache(templates))
            except Exception as error:  # noqa: BLE001 - whatever the code raises is the answer
                found[name] = f"{type(error).__name__}: {error}"
            os.chdir(tempfile.gettempdir())
    json.dump(found, sys.stdout)


def tried(code: str, templates: FileSystemBytecodeCache) -> str:
    """Run the application and its admin: a user is entered and then listed.

    Each application would compile the templates anew, which is most of the time.
    """
    names: dict[str, Any] = {"__name__": "copied"}
    exec(compile(code, "copied.py", "exec"), names)  # noqa: S102 - what people paste
    app, admin, user = names["app"], names["admin"], names["User"]
    app.jinja_env.bytecode_cache = templates
    app.secret_key = "not secret"  # noqa: S105
    (view,) = (one for one in admin._views if getattr(one, "model", None) is user)  # noqa: SLF001
    with app.test_request_context():
        held = view.session
        session = getattr(held, "session", held)
        user.metadata.create_all(session.connection(bind_arguments={"mapper": user}))
        session.commit()
    client = app.test_client()
    answer = client.post("/admin/user/new/", data={"name": "ada lovelace"})
    listed = client.get("/admin/user/")
    if (answer.status_code, listed.status_code) != (302, 200):
        return f"answered {answer.status_code}, {listed.status_code}"
    return "works" if b"ada lovelace" in listed.data else "not listed"


if __name__ == "__main__":
    main()
