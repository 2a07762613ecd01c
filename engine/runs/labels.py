"""What a person calls a run, and what they wrote about it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..disk import atomic, reading
from ..disk.folders import disk_error
from ..disk.reading import DamagedFileError
from ..errors import UsageError
from ..host.locks import Lock, LockHeldError
from .rundir import STAMP, RunFolder, check_name

NOTE = "note.txt"
LONGEST_NOTE = 2_000


def rename_run(home: Path, run: RunFolder, name: str) -> RunFolder:
    """Give a run that has ended another name, and with it another folder.

    Raises:
        UsageError: It is live, or the name is taken or cannot be one.
        DataError: The disk refused.
    """
    info, lock = run.info(), Lock(run.lock)
    if name == run.name == info.name:
        return run
    if name != run.name:  # else a crash has left the folder with the new name, and the file without
        check_name(home, name)
    try:
        if run.is_live():
            raise LockHeldError(None)
        lock.acquire("renaming")  # no worker can begin on it meanwhile
        try:
            return _moved(run, name)
        finally:
            lock.release()
    except LockHeldError as held:
        raise UsageError(
            f"The run {info.name!r} is live.",
            "Its worker writes into the folder that bears its name.",
            "Rename it when it has ended.",
        ) from held
    except OSError as error:
        raise disk_error(f"The run {info.name!r} cannot be renamed.", error) from error


def read_note(run: RunFolder) -> str:
    """Give the note about a run; empty where there is none."""
    try:
        note = reading.read_bytes(run.path / NOTE, 8 * LONGEST_NOTE).decode("utf-8", "replace")
        return note[:LONGEST_NOTE].strip()
    except DamagedFileError:
        return ""


def write_note(run: RunFolder, text: str) -> None:
    """Keep a note about a run; an empty one removes it.

    Raises:
        UsageError: It is too long.
        DataError: The disk refused.
    """
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise UsageError(
            f"The note has {len(text):,} characters.",
            f"{LONGEST_NOTE:,} are kept.",
            "Shorten it.",
        )
    try:
        if text:
            atomic.write_text(run.path / NOTE, text + "\n")
        else:
            (run.path / NOTE).unlink(missing_ok=True)
    except OSError as error:
        raise disk_error("The note cannot be saved.", error) from error


def _moved(run: RunFolder, name: str) -> RunFolder:
    """Rename the folder and what `run.json` says, both or neither."""
    before = run.info()
    renamed = RunFolder(run.path.with_name(run.path.name[:STAMP] + name))
    # The folder first: it is by the folder's name that a run is found.
    run.path.rename(renamed.path)
    try:
        renamed.update(id=renamed.path.name, name=name)
        atomic.sync_folder(renamed.path.parent)
    except BaseException:
        renamed.path.rename(run.path)
        with contextlib.suppress(OSError):
            run.update(id=before.id, name=before.name)
        raise
    return renamed
