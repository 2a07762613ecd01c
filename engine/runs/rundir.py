"""The run folder: what is in it, how one is made, found and judged.

The folder is the truth about a run. Whoever watches reads it; only the worker writes to it once it
has started.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config import RunConfig
from ..convert import build, shown
from ..disk import atomic, names, reading
from ..disk.folders import disk_error, filled_aside
from ..disk.reading import DamagedFileError
from ..errors import DataError, UsageError, nearest
from ..events import LATEST
from ..home import socket_path
from ..host import locks

STAMP = len("2026-01-31-235959-")
"""Characters of a run's folder before its name: when it was made."""

_LONGEST_NAME = 120
"""Bytes; with the stamp before it and an ending after it a folder's name."""
LIVE_STATES = ("starting", "running", "paused")
ENDED_WELL = ("finished", "stopped")
_STATES = (*LIVE_STATES, *ENDED_WELL, "failed")


@dataclass(frozen=True)
class RunInfo:
    """`run.json`: who and what a run is."""

    id: str
    name: str
    created: float
    preset: str
    backend: str
    data: str
    """The prepared set's folder, relative to the home folder, or absolute when it is elsewhere."""
    data_sha256: str = ""
    """Of the set's text: a run goes on only with the text it began with."""
    started: float = 0.0
    """Unix time of the newest start; `created` is that of the first."""
    state: str = "starting"
    """The worker's last word: starting, running, paused, finished, stopped or failed."""
    ended: str = ""
    """finished or stopped, where the run was that before its newest start; it is again where the
    worker refuses to begin."""
    max_steps: int = 0
    """The run's length as its worker last told it; 0 where none has."""
    device: str = ""
    host: str = ""
    pid: int = 0
    socket: str = ""
    lr_scale: float | None = None
    """What the schedule's learning rate is multiplied with; None where it was never set."""
    numerics: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what no type says.

        Raises:
            UsageError: A value that no run has.
        """
        is_time = all(0 <= moment < LATEST for moment in (self.created, self.started))
        if not is_time or not 0 <= self.pid < 1 << 31 or self.state not in _STATES:
            raise UsageError("A time, the pid or the state is none.", "", "")
        if not 0 <= self.max_steps < 1 << 63 or self.ended not in ("", *ENDED_WELL):
            raise UsageError("The length or how it ended is none.", "", "")
        if "\0" in self.data or not self.backend.isidentifier():
            raise UsageError("It names no data set or no backend.", "", "")


class RunFolder:
    """Paths of one run and the small files that describe it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events = path / "events.jsonl"
        self.log = path / "worker.log"
        self.checkpoints = path / "checkpoints"
        self.lock = path / "run.lock"
        self.starter = path / "starter.json"
        self.preset = path / "preset.yaml"

    @property
    def name(self) -> str:
        """What a person calls it, as its folder says: `run.json` may be damaged."""
        return self.path.name[STAMP:] or self.path.name

    @property
    def home(self) -> Path:
        """The home folder that it lies in."""
        return self.path.parent.parent

    def info(self) -> RunInfo:
        """Read `run.json`.

        Raises:
            DataError: It is missing or damaged.
        """
        raw = self._read_json("run.json")
        known = {f.name for f in dataclasses.fields(RunInfo)}
        try:
            return build(RunInfo, {key: raw[key] for key in raw if key in known}, "")
        except UsageError as error:
            raise self._damaged("run.json", error.what) from error

    def update(self, **changes: Any) -> RunInfo:
        """Change some of `run.json`'s values.

        Raises:
            DataError: It is missing or damaged.
            OSError: The disk refuses; the old values stay.
        """
        info = dataclasses.replace(self.info(), **changes)
        atomic.write_json(self.path / "run.json", dataclasses.asdict(info))
        return info

    def mark_starting(self, **changes: Any) -> None:
        """Note that this process is about to start a worker again, with what else changes."""
        self.name_starter(os.getpid())
        state = self.info().state
        ended = state if state in ENDED_WELL else ""
        self.update(state="starting", ended=ended, started=time.time(), pid=0, **changes)

    def mark_refused(self) -> str:
        """Note that a start came to nothing; give what the run is then: as it was, or failed.

        Raises:
            DataError: `run.json` is missing or damaged.
            OSError: The disk refuses.
        """
        info = self.info()
        state = info.ended if info.state == "starting" and info.ended else "failed"
        self.update(state=state)
        return state

    def name_starter(self, pid: int) -> None:
        """Note which process starts the worker, then which one is to become it.

        Until that takes the lock, some seconds of imports later, the run lives as long as it does.

        Raises:
            OSError: The disk refuses.
        """
        atomic.write_json(self.starter, dataclasses.asdict(locks.Owner.of(pid, "starting")))

    def config(self) -> RunConfig:
        """Read `config.json`.

        Raises:
            DataError: It is missing or damaged.
        """
        try:
            return RunConfig.from_dict(self._read_json("config.json"))
        except UsageError as error:
            raise self._damaged("config.json", error.what) from error

    def write_config(self, config: RunConfig) -> None:
        """Replace `config.json`.

        Raises:
            OSError: The disk refuses; the old one stays.
        """
        atomic.write_json(self.path / "config.json", config.to_dict())

    def owner(self) -> locks.Owner | None:
        """Name the living worker of this run, or None."""
        return locks.read_owner(self.lock)

    def state(self) -> str:
        """Judge the run: its worker's last word, or `crashed` when that worker is gone."""
        info = self.info()
        said = info.state
        if said in LIVE_STATES and self.owner() is None and not self._is_starting(info):
            said = self.info().state  # it may have ended in good order since the first look
            return "crashed" if said in LIVE_STATES else said
        return said

    def is_live(self) -> bool:
        """Say whether a worker has this run in hand."""
        return self.state() in LIVE_STATES

    def socket_path(self) -> Path:
        """Give the worker's socket."""
        return socket_path(self.path)

    @property
    def live_words(self) -> str:
        """How a live run is called: live, or for how long it is starting."""
        info = self.info()
        if not self._is_starting(info) or self.owner() is not None:
            return "live"
        return f"starting ({max(0.0, time.time() - info.started):.0f} s)"

    def _is_starting(self, info: RunInfo) -> bool:
        return info.state == "starting" and locks.read_owner(self.starter) is not None

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            return reading.read_object(self.path / name)
        except DamagedFileError as error:
            if error.missing:
                raise DataError(
                    f"{self.path} is not a run.",
                    f"It has no {name}.",
                    "`ttgpt-tui runs` lists the runs.",
                ) from error
            raise self._damaged(name, f"It {error.reason}.") from error

    def _damaged(self, name: str, why: str) -> DataError:
        return DataError(
            f"{self.path / name} cannot be read.", why, "Restore the file, or delete the run."
        )


def create_run(
    home: Path,
    *,
    preset: str,
    preset_text: str,
    config: RunConfig,
    backend: str,
    data: Path,
    data_sha256: str,
    name: str | None,
) -> RunFolder:
    """Make a new run folder, whole or not at all.

    Raises:
        UsageError: The name exists or cannot be a folder's name.
        DataError: The folder cannot be written.
    """
    name = check_name(home, name) if name else _free_name(home, preset)
    now = time.time()
    run_id = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{name}"
    info = RunInfo(
        id=run_id,
        name=name,
        created=now,
        started=now,
        preset=preset,
        backend=backend,
        data=str(data.relative_to(home)) if data.is_relative_to(home) else str(data),
        data_sha256=data_sha256,
        host=socket.gethostname(),
    )
    final = home / "runs" / run_id
    aside = final.with_name(f".{run_id}.{os.getpid()}.partial")
    try:
        with filled_aside(final, aside):
            aside.chmod(0o700)  # the socket lives inside
            (aside / "checkpoints").mkdir()
            atomic.write_text(aside / "preset.yaml", preset_text)
            atomic.write_json(aside / "config.json", config.to_dict())
            atomic.write_json(aside / "run.json", dataclasses.asdict(info))
            RunFolder(aside).name_starter(os.getpid())
    except OSError as error:
        raise disk_error(f"Cannot make the run folder {final}.", error) from error
    return RunFolder(final)


def list_runs(home: Path) -> list[RunFolder]:
    """Give all runs, newest first; what is not a run is passed over."""
    # Not "*": it matches a folder that is still being filled too.
    found = [RunFolder(path.parent) for path in (home / "runs").glob("[!.]*/run.json")]
    return sorted(found, key=lambda run: run.path.name, reverse=True)


def find_run(home: Path, wanted: str) -> RunFolder:
    """Find a run by its name, its id, or its folder's path.

    Raises:
        DataError: There is no such run.
    """
    runs = list_runs(home)
    for run in runs:
        if wanted in (run.path.name, run.name):
            return run
    if os.path.lexists(Path(wanted) / "run.json"):
        return RunFolder(Path(wanted).absolute())
    raise DataError(
        f"There is no run {shown(wanted)}.",
        nearest(wanted, (run.name for run in runs)) if runs else "No run was started yet.",
        "`ttgpt-tui runs` lists the runs.",
    )


def live_run(home: Path) -> RunFolder | None:
    """Give the newest run that a worker has in hand, or None."""
    return next((run for run in list_runs(home) if run.owner() is not None and run.is_live()), None)


def _names(home: Path) -> set[str]:
    return {run.name for run in list_runs(home)}


def _free_name(home: Path, preset: str) -> str:
    """Name a run after its preset, whose file may have any name."""
    first = "run" if names.fault(preset, _LONGEST_NAME - 8) else preset
    taken, name, count = _names(home), first, 1
    while name in taken:
        count += 1
        name = f"{first}-{count}"
    return name


def check_name(home: Path, name: str) -> str:
    """Check a name that a person chose for a new run, and give it back.

    Raises:
        UsageError: It exists, or cannot be a part of a folder's name.
    """
    fault = names.fault(name, _LONGEST_NAME)
    if fault:
        raise UsageError(
            f"{name!r} cannot be a run's name: it {fault}.",
            "It becomes part of a folder's name.",
            f"Use letters, digits, spaces, - and _, at most {_LONGEST_NAME} bytes.",
        )
    return check_free(home, name)


def check_free(home: Path, name: str) -> str:
    """Check that no run has a name, and give it back.

    Raises:
        UsageError: One has.
    """
    if name in _names(home):
        raise UsageError(
            f"A run named {name!r} exists.",
            "Names are unique, so that a run can be called by its name.",
            f"Choose another name, or continue it: ttgpt-tui train --resume '{name}'.",
        )
    return name
