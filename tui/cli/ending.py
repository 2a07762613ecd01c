"""How a followed run ended, as an error with its exit code, or as none."""

from __future__ import annotations

import shlex
import subprocess

from ttgpt.engine.errors import DataError, Interrupted, TtgptError
from ttgpt.engine.events import Failed, Finished
from ttgpt.engine.runs.rundir import RunFolder

from ..watching.state import RunState
from ..watching.watch import RunWatch


def check_end(
    run: RunFolder,
    state: RunState,
    process: subprocess.Popen[bytes] | None = None,
    *,
    asked: bool = False,
) -> None:
    """Say how a run ended unless it did all it was to do.

    Args:
        run: The run; its worker has ended.
        state: What its events added up to.
        process: Its worker, where this process started it.
        asked: Whether a person asked it to stop.

    Raises:
        Interrupted: It was stopped, and saved.
        TtgptError: It failed, or its worker is gone without a word.
    """
    name = run.info().name
    if state.failure is None and state.finish is None and not asked:
        # At the end it finds that nobody writes more, and what run.json says of it.
        state = RunWatch(run, process).read_all()
    if state.failure is not None:
        raise _failed(name, state.failure)
    if state.finish is None:
        raise _stopped_unsaved(name, state) if asked else _vanished(name, state, process)
    if state.phase == "stopped":
        raise _stopped(name, state.finish)


def detached(name: str, *, asked: bool) -> Interrupted:
    """Make the error of a person who no longer waits for a run."""
    why = "It was asked to stop; it saves and ends by itself." if asked else "Training goes on."
    return Interrupted(
        f"The run {name!r} is no longer followed here.",
        why,
        f"Come back: ttgpt-tui attach {shlex.quote(name)}",
    )


def _failed(name: str, failure: Failed) -> TtgptError:
    # The worker's own errors come as up to three lines: what, why, next step.
    what, *rest = failure.message.split("\n") or [""]
    return TtgptError.from_dict(
        {
            "what": f"The run {name!r} failed at step {failure.step:,}: {what}",
            "why": rest[0] if rest else f"{failure.kind}; the trace is in worker.log.",
            "next": " ".join(rest[1:]) or _go_on(name),
            "exit_code": failure.exit_status,
        }
    )


def _vanished(name: str, state: RunState, process: subprocess.Popen[bytes] | None) -> TtgptError:
    what = f"The run {name!r} ended without a word."
    status = process.poll() if process is not None else None
    if status == DataError.exit_code:  # it could not write even that
        why = "Its data or the disk is at fault: it may be full, or closed to writing."
        return DataError(what, state.crash or why, _go_on(name))
    return TtgptError(what, state.crash, _go_on(name))


def _stopped(name: str, finish: Finished) -> Interrupted:
    why = "Everything is saved."
    if finish.step == 0:
        why = "It had not made a step; there was nothing to save."
    elif finish.reason == "aborted":
        why = "It was to end without saving."
    return Interrupted(f"The run {name!r} was stopped at step {finish.step:,}.", why, _go_on(name))


def _stopped_unsaved(name: str, state: RunState) -> Interrupted:
    late = state.opened is not None
    why = "Its worker ended before it had saved." if late else "It had not begun to train."
    return Interrupted(f"The run {name!r} was stopped.", why, _go_on(name))


def _go_on(name: str) -> str:
    return f"Go on from its newest checkpoint: ttgpt-tui train --resume {shlex.quote(name)}"
