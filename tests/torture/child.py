"""A process that carries out many commands one after the other: thousands of them in minutes.

`Child` is the side that asks; `python -m torture.child FD` the one that carries out.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOK = "look"
"""Not a command: the app is opened, and its screens are gone through."""

SECONDS = 30
"""After which a command hangs; most take a tenth of one."""
MEMORY = 6 << 30
"""Of addresses, for the process and each that it starts. PyTorch alone takes a few."""


@dataclass(frozen=True)
class Answer:
    """What became of a command."""

    code: int | None
    """None: it hung, or took the process with it."""
    out: str
    err: str
    megabytes: int = 0
    """The most that was resident meanwhile."""
    children_megabytes: int = 0
    """The most of any process that has been started so far and has ended."""

    @property
    def text(self) -> str:
        """Everything that was printed."""
        return self.out + self.err


class Child:
    """Carries out commands in a folder of its own; a new process takes over after a hang."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, *arguments: str) -> Answer:
        """Carry out a command, as if `ttgpt-tui` had been called with the arguments."""
        if self._process is None:
            self._start()
        for name in ("out", "err"):
            os.truncate(self._folder / name, 0)
        try:
            self._socket.sendall(json.dumps(arguments).encode() + b"\n")
            line = self._lines.readline()
        except OSError:  # it hangs, or is gone
            line = ""
        if not line:
            self.close()
        out, err = ((self._folder / name).read_text("utf-8", "replace") for name in ("out", "err"))
        said: dict[str, Any] = json.loads(line or "{}")
        return Answer(said.pop("code", None), out, err, **said)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._lines.close()
            self._socket.close()

    def _start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(SECONDS + 5)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        command = [sys.executable, "-m", "torture.child", str(theirs.fileno())]
        out, err = ((self._folder / name).open("ab") for name in ("out", "err"))
        with theirs, out, err:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=[theirs.fileno()],
            )


def _serve(descriptor: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as connection:
        for line in connection.makefile("r", encoding="utf-8"):
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
            code = _carry_out(json.loads(line))
            faulthandler.cancel_dump_traceback_later()
            sys.stdout.flush()
            sys.stderr.flush()
            told = {
                "code": code,
                "megabytes": _peak(),
                "children_megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
            }
            connection.sendall(json.dumps(told).encode() + b"\n")


def _carry_out(arguments: list[str]) -> int:
    from ttgpt.engine.errors import TtgptError
    from ttgpt.tui.cli import main

    try:
        if arguments[:1] == [LOOK]:
            asyncio.run(_look(Path(os.environ["TTGPT_HOME"]), arguments[1]))
            return 0
        main(arguments)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except TtgptError as error:  # as `entry` tells it, before there is a screen
        print(error.what, error.why, error.next_step, file=sys.stderr)
        return error.exit_code
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1


async def _look(home: Path, name: str) -> None:
    """Open the app on a run and go through its screens, and some way into each."""
    from piloting import text_of

    from ttgpt.engine.runs.rundir import find_run
    from ttgpt.tui.app import TtgptApp
    from ttgpt.tui.settings import load_settings

    app = TtgptApp(home, load_settings(home), attach=find_run(home, name))
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in ("", "2", "down", "up", "5", "down", "enter", "escape", "4", "down", "3"):
            if keys:
                await pilot.press(keys)
            for _ in range(5):
                await pilot.pause(0.02)
            print(text_of(app))


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
