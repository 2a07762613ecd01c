"""Ask a short-lived child process, for what the app must not load or could not stop.

The child is `python -m MODULE FD LINE`: it reads one JSON object, the question, from the descriptor
FD and prints JSON lines: any number of remarks, then one `{"result": …}` or `{"error": …}`. See
`answer`, which is the child's side. It leads a session of its own, and LINE is its lifeline: it and
all it started end with this process.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import EnvironmentNotReady, Interrupted, TtgptError
from . import lifeline

Remark = dict[str, Any]
Cancel = Callable[[], bool]
_LOOK_SECONDS = 0.1
"""How often `cancel` is asked while the child is silent."""
_COMPLAINT_BYTES = 4096
"""Of what it prints on standard error the end is kept: it says why there is no answer."""


class NoAnswer(EnvironmentNotReady):
    """The child could not be started, or ended without a word."""


@dataclass(frozen=True)
class Program:
    """What to start a child with."""

    python: str
    environment: dict[str, str] | None
    """All of it; None is this process's."""
    mend: str
    """The next step where it cannot be started."""


def own_program() -> Program:
    """Give the interpreter that runs this, with its environment."""
    mend = "Try again with more memory free, or install ttgpt-tui again."
    return Program(sys.executable, None, mend)


def ask(
    module: str,
    question: dict[str, Any],
    *,
    folder: Path,
    remark: Callable[[Remark], None] = lambda said: None,
    cancel: Cancel = lambda: False,
    with_stdin: bool = False,
    program: Program | None = None,
    patience: float = 0.0,
) -> dict[str, Any]:
    """Start the child, pass its remarks on, and give its result.

    Args:
        module: What to run, such as `ttgpt.engine.worker.ready`.
        question: Plain values; the caller's folder is added as `cwd`, for relative paths.
        folder: Where the child starts: not in the caller's, which `-m` would put on its path.
        remark: Told each remark.
        cancel: Asked often; the child is killed when it says yes.
        with_stdin: Whether the child reads the caller's standard input.
        program: The interpreter and the environment; None is this process's.
        patience: Seconds that the child gets after SIGTERM before it is killed: one that has a
            device open must close it.

    Raises:
        Interrupted: `cancel` said yes.
        TtgptError: The child said what went wrong.
        NoAnswer: It ended without one.
    """
    question = {**question, "cwd": current_folder(), "patience": patience}
    program = program or own_program()
    with _started(module, folder, question, with_stdin, program) as child:
        answer: dict[str, Any] = {}
        complaint = bytearray()
        for line in _lines(child, cancel, complaint):
            answer = _read(line)
            if {"result", "error"} & set(answer):
                break  # a word to cancel that comes now comes too late
            if answer:
                remark(answer)
        complaint += child.communicate()[1]
    if "error" in answer:
        raise TtgptError.from_dict(answer["error"])
    if "result" not in answer:
        raise NoAnswer(
            "A process that this needs ended without an answer.",
            _why_silent(child.returncode, complaint),
            program.mend,
        )
    result: dict[str, Any] = answer["result"]
    return result


def answer(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Be the child: read the question, do the work, print the result or what went wrong."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with os.fdopen(int(sys.argv[1]), encoding="utf-8") as pipe:
            question = json.load(pipe)
        lifeline.follow(int(sys.argv[2]), question["patience"])
        with contextlib.suppress(OSError):  # gone or closed to us: a relative path leads nowhere
            os.chdir(question["cwd"])
        tell({"result": work(question)})
    except TtgptError as error:
        tell({"error": error.to_dict()})
    except (KeyboardInterrupt, BrokenPipeError):
        # Told to end, or nobody listens any more; what was half made is gone by now.
        os._exit(130)


def tell(said: Remark) -> None:
    """Print a line for the parent."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _started(
    module: str, folder: Path, question: dict[str, Any], with_stdin: bool, program: Program
) -> Iterator[subprocess.Popen[bytes]]:
    # Not an argument: Linux allows 128 KB for one, and a shell's pattern may name more files.
    reading, writing = lifeline.pipe()
    with (
        contextlib.closing(lifeline.Lifeline()) as line,
        os.fdopen(writing, "w", encoding="utf-8") as pipe,
    ):
        try:
            child = subprocess.Popen(
                [program.python, "-m", module, str(reading), str(line.child_end)],
                cwd=folder,
                env=program.environment,
                stdin=None if with_stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[reading, line.child_end],
                start_new_session=True,
            )
        except OSError as error:
            why = f"{program.python}: {error.strerror}."
            raise NoAnswer(
                "A process that this needs cannot be started.", why, program.mend
            ) from error
        finally:
            os.close(reading)
        with child:  # closes its pipes and waits
            try:
                if not question["patience"]:
                    line.tie(child)
                with contextlib.suppress(BrokenPipeError), pipe:
                    json.dump(question, pipe)
                yield child
            finally:
                lifeline.end(child, question["patience"])


def _read(line: bytes) -> Remark:
    try:
        said = json.loads(line)
    except ValueError:  # something else was printed by the interpreter, or a library
        return {}
    return said if isinstance(said, dict) else {}


def _lines(child: subprocess.Popen[bytes], cancel: Cancel, complaint: bytearray) -> Iterator[bytes]:
    """Give what the child prints line by line, and keep the end of its complaints.

    Both pipes are read: a child whose standard error is full would wait for ever.
    """
    assert child.stdout is not None
    assert child.stderr is not None
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        selector.register(child.stderr, selectors.EVENT_READ)
        while child.stdout in selector.get_map():
            if cancel():
                raise Interrupted(
                    "Cancelled.", "Nothing was written.", "Begin again when you like."
                )
            for key, _ in selector.select(_LOOK_SECONDS):
                block = os.read(key.fd, 1 << 16)
                if not block:
                    selector.unregister(key.fileobj)
                elif key.fileobj is child.stderr:
                    complaint += block
                    del complaint[:-_COMPLAINT_BYTES]
                else:
                    *whole, rest = (rest + block).split(b"\n")
                    yield from whole


def _why_silent(status: int, complaint: bytearray) -> str:
    if status < 0:
        return "It was killed, or out of memory."
    last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return last or f"Exit status {status}."


def current_folder() -> str:
    """Give the folder that a relative path counts from; the root where it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return "/"
