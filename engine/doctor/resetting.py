"""Runs tt-smi apart from this program, which may be left: half a reset is worse than none.

    python resetting.py NOTE LOG SECONDS COMMAND...

What the command prints goes into LOG, not into a pipe that breaks when its reader is gone. NOTE is
removed when the command has ended; where the machine goes down before that, it stays. What the
command started and left behind ends with it, also where nobody waits for this program any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys


def run(log: str, seconds: float, command: list[str]) -> int:
    """Run the command and give its exit status, as a shell gives it."""
    with open(log, "wb") as file:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            file.write(f"{error}\n".encode())
            return 127
    with child:
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            return 124
        finally:
            with contextlib.suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
    return status if status >= 0 else 128 - status


def main(note: str, log: str, seconds: str, *command: str) -> int:
    """Run the command, then remove the note."""
    try:
        return run(log, float(seconds), list(command))
    finally:
        with contextlib.suppress(OSError):
            os.unlink(note)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
