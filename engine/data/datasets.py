"""The prepared data sets of a home: their list, samples of them, who needs one, deleting one.

Light: standard library only, so that the screen can call it (in a thread, where it reads much).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..disk import atomic
from ..disk.folders import disk_error
from ..disk.reading import open_plain
from ..errors import DataError, TtgptError, UsageError, nearest
from ..host import leftovers
from ..runs.rundir import list_runs
from .meta import META, Meta, damaged, read_meta
from .names import PARTIAL
from .recipe import STDIN
from .token_file import read_tokens
from .tokenizer import Tokenizer

_NEEDS_NOTHING = "finished"
"""The state of a run that reads its data set no more, unless it is extended."""


@dataclass(frozen=True)
class ListedSet:
    """A set as it stands in the list; a broken one has a problem instead of a meta."""

    name: str
    folder: Path
    meta: Meta | None
    problem: str = ""

    @property
    def bytes(self) -> int:
        """What it takes on disk."""
        try:
            return sum(file.stat().st_size for file in self.folder.iterdir())
        except OSError:
            return 0


@dataclass(frozen=True)
class Use:
    """A run that trains, or trained, on a set."""

    run: str
    state: str

    @property
    def is_needed(self) -> bool:
        """Whether the run could not go on without the set."""
        return self.state != _NEEDS_NOTHING


def data_folder(home: Path) -> Path:
    """Give where prepared sets live."""
    return home / "data"


def list_sets(home: Path) -> list[ListedSet]:
    """List the prepared sets by name, broken ones too; a home without any gives none."""
    try:
        folders = sorted(p for p in data_folder(home).iterdir() if p.is_dir())
    except OSError:
        return []
    return [_listed(p) for p in folders if not p.name.startswith(".") and PARTIAL not in p.name]


def find(name_or_path: str, home: Path) -> Path | None:
    """Give the folder of a prepared set by its name, or by the path of its folder."""
    by_name = data_folder(home) / name_or_path
    if "/" not in name_or_path and os.path.isfile(by_name / META):
        return by_name
    by_path = Path(os.path.expanduser(name_or_path))
    return by_path if os.path.isfile(by_path / META) else None


def find_listed(home: Path, name: str) -> ListedSet:
    """Give a set of the list by its name.

    Raises:
        DataError: There is none.
    """
    listed = {one.name: one for one in list_sets(home)}
    if name in listed:
        return listed[name]
    raise DataError(
        f"There is no data set {name!r}.",
        nearest(name, listed) if listed else "Nothing is prepared yet.",
        "`ttgpt-tui data list` lists them.",
    )


def uses(home: Path) -> dict[str, list[Use]]:
    """Give, by the sets' names, the runs that read them, the newest first, in one look."""
    found: dict[str, list[Use]] = {}
    folder = os.path.realpath(data_folder(home))
    for run in list_runs(home):
        try:
            parent, name = os.path.split(os.path.realpath(home / run.info().data))
            if parent == folder:
                found.setdefault(name, []).append(Use(run.info().name, run.state()))
        except TtgptError:
            continue  # its run.json is damaged: it cannot go on either
    return found


def used_by(home: Path, name: str) -> list[Use]:
    """List the runs that read a set, the newest first."""
    return uses(home).get(name, [])


def cost_of_deleting(uses: Sequence[Use]) -> str:
    """Say which finished runs could not be extended without their set; empty where none is."""
    finished = [use.run for use in uses if not use.is_needed]
    if not finished:
        return ""
    more = f" and {len(finished) - 1:,} more" if len(finished) > 1 else ""
    return f"The finished run {finished[0]}{more} could not be extended without it."


def check_deletable(home: Path, name: str) -> Path:
    """Check that no run needs a set, and give its folder.

    Raises:
        UsageError: A run needs it.
        DataError: There is no such set.
    """
    folder = find_listed(home, name).folder
    check_unneeded(name, used_by(home, name))
    return folder


def check_unneeded(name: str, uses: Sequence[Use]) -> None:
    """Check that none of the runs that read a set needs it.

    Raises:
        UsageError: One does.
    """
    needing = [use for use in uses if use.is_needed]
    if needing:
        more = f" and {len(needing) - 1} more" if len(needing) > 1 else ""
        raise UsageError(
            f"The data set {name!r} is needed.",
            f"The run {needing[0].run!r} ({needing[0].state}){more} could not go on without it.",
            "Delete the run first, or let it finish.",
        )


def delete(home: Path, name: str) -> Path:
    """Move a set to `<home>/trash` and give its new place.

    Raises:
        UsageError: A run needs it.
        DataError: There is no such set, or the disk refused.
    """
    folder = check_deletable(home, name)
    trash = home / "trash"
    try:
        trash.mkdir(exist_ok=True)
        target = _free(trash / f"data-{name}")
        folder.rename(target)
        atomic.sync_folder(trash)
        atomic.sync_folder(folder.parent)
    except OSError as error:
        raise disk_error(f"The data set {name} cannot be moved to {trash}.", error) from error
    return target


def sample(home: Path, name: str, count: int = 3, length: int = 200) -> list[str]:
    """Decode some places of a set's training part, spread over it.

    Args:
        home: The home folder.
        name: The set's name.
        count: How many places.
        length: Tokens of each.

    Raises:
        DataError: There is no such set, or it is damaged.
    """
    one = find_listed(home, name)
    meta = one.meta or read_meta(one.folder)
    tokenizer = Tokenizer.load(one.folder / "tokenizer.json")
    places = [meta.train_tokens * i // count for i in range(count)]
    try:
        with open_plain(one.folder / "train.bin") as file:
            return [
                tokenizer.decode(read_tokens(file, p, length, meta.token_bytes)) for p in places
            ]
    except OSError as error:
        raise damaged(one.folder, f"train.bin cannot be read ({error.strerror})") from error


def recent_sources(home: Path) -> list[tuple[str, ...]]:
    """Give what the prepared sets were made from, the newest first, each once."""
    found = [one for one in list_sets(home) if one.meta is not None]
    found.sort(key=lambda one: (-_made(one.folder), one.name))
    sources = (one.meta.recipe.sources for one in found if one.meta is not None)
    return [given for given in dict.fromkeys(sources) if given != (STDIN,)]


def clean_stale(home: Path) -> None:
    """Remove what processes that are no more left half-made."""
    leftovers.clean(data_folder(home), older_than=0.0)


def _listed(folder: Path) -> ListedSet:
    try:
        return ListedSet(folder.name, folder, read_meta(folder))
    except TtgptError as error:
        return ListedSet(folder.name, folder, None, error.what)


def _made(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _free(wanted: Path) -> Path:
    target, count = wanted, 1
    while os.path.lexists(target):
        count += 1
        target = wanted.with_name(f"{wanted.name}.{count}")
    return target
