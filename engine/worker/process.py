"""Make the worker a good process: deaf to hang-ups, private, and heard when it crashes."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from .libraries import settle_libraries

LOG_LIMIT = 5_000_000
"""Bytes after which `worker.log` moves to `worker.log.1`, which is then replaced."""


class StopFlag:
    """Set by SIGTERM and SIGINT: end after the current step, with everything saved."""

    def __init__(self) -> None:
        self.raised = False
        signal.signal(signal.SIGTERM, self._raise)
        signal.signal(signal.SIGINT, self._raise)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.raised = True


class _Log(io.FileIO):
    """A descriptor for text; what cannot be written is lost.

    A remark that finds the disk full must not end the training that would have waited for space.
    """

    def write(self, content: Any) -> int:
        with contextlib.suppress(OSError):
            super().write(content)
        return len(content)


def prepare_process() -> StopFlag:
    """Leave the terminal behind for good and keep files private to this user.

    Called before anything slow is imported: a signal in the first second counts too.
    """
    stop = StopFlag()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.umask(0o077)
    settle_libraries()
    sys.stdout, sys.stderr = _text_log(1), _text_log(2)
    faulthandler.enable(2)
    if os.getsid(0) != os.getpid():
        with contextlib.suppress(PermissionError):  # a group's leader already: started by hand
            os.setsid()
    return stop


def _text_log(fd: int) -> io.TextIOWrapper:
    raw = _Log(fd, "w", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)


def rotate_log(path: Path) -> None:
    """Move a log that grew too long aside, and go on writing into a new one."""
    try:
        if path.stat().st_size < LOG_LIMIT:
            return
        path.replace(path.with_name(path.name + ".1"))
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)
