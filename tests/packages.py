"""Small real packages, and an index of our own that serves them: the registry stays out of it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from harness.measure import install

UPLOADED = "2024-05-01T00:00:00Z"


def wheel(  # noqa: PLR0913 - a builder: all but two have defaults
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    files: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
) -> Path:
    """Write a wheel with one module, or with these files."""
    files = {f"{name}.py": f"VERSION = {version!r}\n"} if files is None else files
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    needs += "".join(f"Provides-Extra: {one}\n" for one in extras)
    all_files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},{_digest(text)},{len(text)}" for path, text in all_files.items()]
    all_files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in all_files.items():
            archive.writestr(inside, text)
    return path


def _digest(text: str) -> str:
    return f"sha256={hashlib.sha256(text.encode()).hexdigest()}"


def sdist(folder: Path, name: str, backend: str, version: str = "1.0") -> Path:
    """Write an sdist that builds itself, with the body of `build_wheel`: nothing is fetched."""
    code = f"def build_wheel(folder, *_settings):\n    {backend}\n"
    project = f'[project]\nname = "{name}"\nversion = "{version}"\n'
    project += '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    metadata = f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n"
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for inside, text in {
            "pyproject.toml": project,
            "own.py": code,
            "PKG-INFO": metadata,
        }.items():
            member = tarfile.TarInfo(f"{name}-{version}/{inside}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def repository(folder: Path, name: str) -> None:
    """Make a Git repository of a project that builds itself, with a branch `main`."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    )
    (folder / "own.py").touch()
    none = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "one")):
        subprocess.run(["git", *who, *words], cwd=folder, env={**os.environ, **none}, check=True)


@dataclass(kw_only=True)
class Served:
    """An index that is up: what it was asked, and what it does from now on."""

    url: str
    asked: list[str] = field(default_factory=list)
    status: int = 200
    """What it answers; a failure where this is not 200."""
    hangs: threading.Event = field(default_factory=threading.Event)
    """Once set, it takes every request and answers none."""
    over: threading.Event = field(default_factory=threading.Event)


def _project(path: Path) -> str:
    return path.name.partition("-")[0].replace("_", "-")


@contextmanager
def index(folder: Path, *, times: bool = True) -> Iterator[Served]:
    """Serve the files of a folder as a package index (PEP 691), with upload times or without."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if served.hangs.is_set():
                served.over.wait(60)
                self.close_connection = True
                return
            place = urlsplit(self.path).path  # a proxy is asked for a whole address
            name = place.strip("/").rpartition("/")[2]
            is_file = place.startswith("/files/")
            if served.status != 200 or not (is_file or of(name)):
                self.send_error(served.status if served.status != 200 else 404)
                return
            body = (folder / name).read_bytes() if is_file else json.dumps(page(name)).encode()
            kind = "application/octet-stream" if is_file else "application/vnd.pypi.simple.v1+json"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the base class looks for this name

        def log_message(self, *_arguments: object) -> None:
            pass

    def of(name: str) -> list[Path]:
        return [
            path for path in sorted(folder.iterdir()) if path.is_file() and _project(path) == name
        ]

    def page(name: str) -> dict[str, object]:
        when = {"upload-time": UPLOADED} if times else {}
        files = [
            {
                "filename": path.name,
                "url": f"/files/{path.name}",
                "hashes": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
                **when,
            }
            for path in of(name)
        ]
        return {"meta": {"api-version": "1.1"}, "name": name, "files": files, "versions": []}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(url=f"http://127.0.0.1:{server.server_port}/simple")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def env(folder: Path, served: Served | None = None, **more: str) -> dict[str, str]:
    """Return the environment of a process that knows this index only, and waits a second."""
    own = {
        "PIP_CONFIG_FILE": os.devnull,
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_HTTP_TIMEOUT": "1",
        "UV_HTTP_RETRIES": "0",
    }
    if served is not None:
        own["UV_DEFAULT_INDEX"] = served.url
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return install.child_environment({**kept, **own, **more})
