from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# Before NumPy loads: on shared cores its threads cost small products far more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from support import end_workers

# A shared machine may stall for a while; that is no fault of the code. The same examples
# everywhere: what fails on one machine fails on the next. `--hypothesis-profile=hunt` looks for
# others, and what it finds becomes an @example.
settings.register_profile("ttgpt", deadline=None, derandomize=True)
settings.register_profile("hunt", deadline=None, max_examples=2000)
settings.load_profile("ttgpt")

_CHECKOUT = Path(__file__).parents[1]

# A shell that starts a job in the background has it ignore this, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _fresh_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as on a machine that was just started: no moment is long ago by itself."""
    monotonic = time.monotonic
    began = monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() - began)


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test touches the runs, data or device locks of the person who starts it."""
    # Not tmp_path: its length would push every socket into the runtime folder.
    folder = Path(tempfile.mkdtemp(prefix="ttgpt-"))
    os.umask(0o022)  # the command line leaves its own behind
    monkeypatch.setenv("TTGPT_HOME", str(folder / "home"))
    monkeypatch.setenv("TTGPT_RUNTIME_DIR", str(folder / "run"))
    yield folder
    end_workers(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home(_own_folders: Path) -> Path:
    """An empty home folder with a short path; `TTGPT_HOME` names it."""
    folder = _own_folders / "home"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def tiny_shakespeare() -> Path:
    """The text that the lesson trains on; it is not part of the repository."""
    path = _CHECKOUT.parent / "shared" / "data" / "tinyshakespeare.txt"
    if not path.is_file():
        pytest.skip(f"NOT RUN: tiny Shakespeare is not at {path}; nothing here checks it instead")
    return path
