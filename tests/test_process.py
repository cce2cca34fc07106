"""`harness.process`: deadlines, process groups, output and costs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness import process
from harness.process import Finished

CHILD = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {code!r}]); "
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def python(code: str, *, folder: Path, seconds: float = 10, log: Path | None = None) -> Finished:
    return process.run(
        [sys.executable, "-c", code], cwd=folder, env=os.environ, deadline_seconds=seconds, log=log
    )


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def is_gone(pid: int) -> bool:
    """Tell whether no process of that id runs any more; one that nobody has waited for is gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_both_streams_and_the_exit_status_come_back(tmp_path: Path) -> None:
    code = "import sys; print('said', flush=True); print('warned', file=sys.stderr); sys.exit(3)"

    finished = python(code, folder=tmp_path)

    assert (finished.returncode, finished.output) == (3, "said\nwarned\n")
    assert not finished.timed_out


def test_the_log_grows_and_only_the_new_part_comes_back(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("before\n")

    finished = python("print('now')", folder=tmp_path, log=log)

    assert finished.output == "now\n"
    assert log.read_text() == "before\nnow\n"


def test_output_that_is_no_text_is_shown_as_far_as_it_is(tmp_path: Path) -> None:
    finished = python("import sys; sys.stdout.buffer.write(b'a\\xffb')", folder=tmp_path)

    assert finished.output == "a\N{REPLACEMENT CHARACTER}b"


def test_a_signal_is_a_negative_status(tmp_path: Path) -> None:
    finished = python("import os; os.kill(os.getpid(), 9)", folder=tmp_path)

    assert finished.returncode == -signal.SIGKILL


def test_a_program_that_does_not_exist_is_a_value(tmp_path: Path) -> None:
    argv = [tmp_path / "nothing"]

    finished = process.run(argv, cwd=tmp_path, env={}, deadline_seconds=1)

    assert finished.returncode == process.CANNOT_START
    assert "No such file" in finished.output


def test_cpu_seconds_count_the_children_too(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    code = CHILD.format(code=burn) + "child.wait()"

    assert python(code, folder=tmp_path).cpu_seconds >= 0.2


@pytest.mark.parametrize("code", [SLEEP, DEAF])
def test_the_deadline_ends_the_whole_group(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.2)
    code = CHILD.format(code=code) + f"print(child.pid, flush=True); {code}"

    finished = python(code, folder=tmp_path, seconds=1.5)

    assert finished.timed_out
    assert finished.returncode < 0
    assert finished.seconds < 5
    assert soon(lambda: is_gone(int(finished.output)))


def test_a_child_that_is_left_behind_is_ended(tmp_path: Path) -> None:
    finished = python(CHILD.format(code=SLEEP) + "print(child.pid)", folder=tmp_path)

    assert not finished.timed_out
    assert soon(lambda: is_gone(int(finished.output)))


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_an_interrupt_ends_the_group_and_goes_on(
    number: signal.Signals, raised: type[BaseException], tmp_path: Path
) -> None:
    log = tmp_path / "pid.log"

    def interrupt() -> None:
        soon(lambda: log.exists() and log.read_text().endswith("\n"))
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    watcher = threading.Thread(target=interrupt)
    watcher.start()
    with pytest.raises(raised):
        python(f"import os; print(os.getpid(), flush=True); {SLEEP}", folder=tmp_path, log=log)
    watcher.join(5)

    assert soon(lambda: is_gone(int(log.read_text())))
    assert signal.getsignal(number) == before


def test_a_signal_while_the_child_is_being_started_ends_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    def interrupted(*argv: Any, **options: Any) -> Any:
        child = popen(*argv, **options)
        started.append(child.pid)
        os.kill(os.getpid(), signal.SIGTERM)
        return child

    monkeypatch.setattr(subprocess, "Popen", interrupted)

    with pytest.raises(SystemExit):
        python(SLEEP, folder=tmp_path)

    assert soon(lambda: is_gone(started[0]))


def test_a_signal_that_comes_too_late_for_the_child_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_end_of", lambda *_: os.kill(os.getpid(), signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):
        python("", folder=tmp_path)


def test_a_thread_can_run_programs_too(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        finished = pool.submit(python, "print(1)", folder=tmp_path).result()

    assert finished.output == "1\n"
