"""Let a child end with this process, however this one ends: by a pipe that breaks with it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time


class Lifeline:
    """A pipe that nobody writes to: its other end closes when this process is gone.

    The child must be the leader of a session, so that all it starts in turn ends with it.
    """

    def __init__(self) -> None:
        self.child_end, self._our_end = pipe()
        """`child_end` is for the child to inherit."""

    def tie(self, child: subprocess.Popen[bytes]) -> None:
        """Have the kernel kill a child's process group when this process is gone.

        No code of the child takes part, so it may hang wherever it likes. Only Linux can do this.
        """
        if sys.platform == "linux":
            fcntl.fcntl(self.child_end, fcntl.F_SETOWN, -child.pid)
            fcntl.fcntl(self.child_end, fcntl.F_SETSIG, signal.SIGKILL)
            flags = fcntl.fcntl(self.child_end, fcntl.F_GETFL)
            fcntl.fcntl(self.child_end, fcntl.F_SETFL, flags | os.O_ASYNC)

    def close(self) -> None:
        """Let go of both ends, once the child has ended."""
        os.close(self.child_end)
        os.close(self._our_end)


def follow(child_end: int, patience: float) -> None:
    """Be the child: when the parent is gone, end as SIGTERM would have it, or be killed.

    Args:
        child_end: What was inherited.
        patience: Seconds between the two.
    """

    def wait() -> None:
        os.read(child_end, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(patience)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def end(child: subprocess.Popen[bytes], patience: float = 0.0) -> None:
    """End a child that leads a session, with all it started there.

    Args:
        child: It may have ended by itself.
        patience: Seconds from SIGTERM to SIGKILL; 0 sends the latter alone.
    """
    if patience and child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    if child.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)


def pipe() -> tuple[int, int]:
    """Make a pipe beyond the three standard descriptors, which may be closed and so be free.

    Returns:
        The end to read from and the one to write to.
    """
    ends = os.pipe()
    try:
        reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3) for end in ends)
    finally:
        for one in ends:
            os.close(one)
    return reading, writing
