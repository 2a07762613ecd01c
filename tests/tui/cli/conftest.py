from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.checkpoints.info import CONFIG, TOKENIZER, WEIGHTS
from ttgpt.engine.disk import sealed
from ttgpt.engine.presets import load
from ttgpt.engine.runs.rundir import RunFolder, create_run
from ttgpt.tui.cli import main

WORKER = Path(__file__).parent / "scripted_worker.py"

# Starts the real command line, but with a worker that follows a script instead of computing.
DRIVER = """
import subprocess, sys
from ttgpt.engine.runs import starting
from ttgpt.engine.runs.rundir import RunFolder
from pathlib import Path

script, worker, folder, *arguments = sys.argv[1:]

def begin(*_, **__):
    run = RunFolder(Path(folder))
    with run.log.open("ab") as log:
        command = [sys.executable, worker, folder, script]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    return starting.StartedRun(run, process)

starting.start_run = starting.resume_run = begin

from ttgpt.tui.cli import main
main(arguments)
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Result]


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process."""

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(arguments)
        captured = capsys.readouterr()
        return Result(int(left.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def make_run(home: Path) -> Callable[..., RunFolder]:
    def make(name: str = "stage2", **changes: Any) -> RunFolder:
        preset = load("demo")
        run = create_run(
            home,
            preset="demo",
            preset_text=preset.text,
            config=preset.config,
            backend="torch",
            data=home / "data" / "harbour",
            data_sha256="",
            name=name,
        )
        if changes:
            run.update(**changes)
        return run

    return make


@pytest.fixture
def run(make_run: Callable[..., RunFolder]) -> RunFolder:
    return make_run()


@pytest.fixture
def play(run: RunFolder) -> Callable[[str], int]:
    """Let a scripted worker write the run's events to their end."""

    def to_the_end(script: str) -> int:
        return subprocess.run([sys.executable, WORKER, run.path, script], check=False).returncode

    return to_the_end


@pytest.fixture
def live(run: RunFolder) -> Iterator[subprocess.Popen[bytes]]:
    """A live run: its worker answers until it is asked to stop."""
    process = subprocess.Popen([sys.executable, WORKER, run.path, "serve"])
    while not run.socket_path().exists() and process.poll() is None:
        pass
    yield process
    process.kill()
    process.wait()


class Driven:
    """The command line as a process of its own, its worker following a script."""

    def __init__(self, script: str, run: RunFolder, arguments: Sequence[str]) -> None:
        command = [sys.executable, "-c", DRIVER, script, str(WORKER), str(run.path), *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def until(self, wanted: str) -> None:
        """Read stdout up to a line that has something in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if wanted in line:
                return
        raise AssertionError(f"{wanted!r} was not printed")

    def until_note(self, wanted: str) -> None:
        """Read stderr up to a line that has something in it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if wanted in line:
                return
        raise AssertionError(f"{wanted!r} was not printed")

    def result(self) -> Result:
        out, err = self.process.communicate()
        return Result(self.process.returncode, out, err)


@pytest.fixture
def drive(run: RunFolder) -> Iterator[Callable[..., Driven]]:
    """Run `train` or the like as a process of its own with a scripted worker."""
    driven = []

    def start(script: str, *arguments: str) -> Driven:
        driven.append(Driven(script, run, arguments))
        return driven[-1]

    yield start
    for one in driven:
        one.process.kill()
        one.process.communicate()
    owner = run.owner() if run.path.exists() else None
    if owner is not None:
        os.kill(owner.pid, 9)


@pytest.fixture
def make_checkpoint() -> Callable[..., Path]:
    def make(run: RunFolder, step: int, val_loss: float = 2.0, kind: str = "interval") -> Path:
        folder = run.checkpoints / f"{step:06d}"
        folder.mkdir(parents=True)
        files = (WEIGHTS, CONFIG, TOKENIZER)
        for name in files:
            (folder / name).write_bytes(b"{}")
        state = {
            "format": 1,
            "step": step,
            "tokens": step * 1024,
            "kind": kind,
            "created": 1.8e9,
            "train_loss": val_loss - 0.1,
            "val_loss": val_loss,
        }
        sealed.write(folder / "state.json", state, files)
        return folder

    return make
