"""Analyse or prepare texts in a child process: numpy and tokenizers never enter the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Interrupted
from ..host import children
from . import datasets
from .analysis import Analysis, LeftOut
from .datasets import ListedSet
from .meta import Meta, read_meta
from .recipe import STDIN, Recipe

CHILD = "ttgpt.engine.data.child"


@dataclass(frozen=True)
class Progress:
    """How far the work is."""

    what: str
    """A few words, such as `reading keats.txt`."""
    done: int
    total: int
    """0 where the end is not known."""


@dataclass(frozen=True)
class PreparedAnswer:
    """A set on disk."""

    folder: Path
    meta: Meta
    is_new: bool
    """False: the same texts and settings were prepared before, and nothing was done."""
    left_out: tuple[LeftOut, ...] = ()
    """Files of a folder or pattern that are no texts."""

    @property
    def listed(self) -> ListedSet:
        """The set as it stands in the list."""
        return ListedSet(self.meta.name, self.folder, self.meta)


Say = Callable[[Progress], None]
Cancel = Callable[[], bool]


def analyse(
    home: Path,
    recipe: Recipe,
    *,
    say: Say = lambda progress: None,
    cancel: Cancel = lambda: False,
) -> Analysis:
    """Look at texts without writing anything.

    Args:
        home: The home folder.
        recipe: Which texts, and what would become of them.
        say: Told how far it is.
        cancel: Asked ten times a second; the work ends when it says yes.

    Raises:
        TtgptError: A text cannot be read or used.
        Interrupted: It was cancelled.
    """
    result = _ask(home, {"do": "analyse", "recipe": recipe.to_dict()}, recipe, say, cancel)
    return Analysis.from_dict(result)


def prepare(
    home: Path,
    recipe: Recipe,
    name: str | None = None,
    *,
    say: Say = lambda progress: None,
    cancel: Cancel = lambda: False,
) -> PreparedAnswer:
    """Write a data set, or find that it is there.

    Args:
        home: The set is written to its folder `data`.
        recipe: Which texts, and what becomes of them.
        name: The set's name; None makes one from the source's.
        say: Told how far it is.
        cancel: As of `analyse`; nothing half-made is left. A set that was whole by then stays, and
            is given.

    Raises:
        TtgptError: A text cannot be read or used, the name is taken, or the disk refused.
        Interrupted: It was cancelled, and nothing was written.
    """
    question = {"do": "prepare", "recipe": recipe.to_dict(), "name": name}
    before = {one.name for one in datasets.list_sets(home)}
    try:
        result = _ask(home, question, recipe, say, cancel)
    except Interrupted:
        for one in datasets.list_sets(home):
            if one.name not in before and one.meta is not None:
                return PreparedAnswer(one.folder, one.meta, is_new=True)
        raise
    finally:
        datasets.clean_stale(home)
    folder = Path(result["folder"])
    left_out = tuple(LeftOut(**one) for one in result["left_out"])
    return PreparedAnswer(folder, read_meta(folder), bool(result["is_new"]), left_out)


def _ask(
    home: Path, question: dict[str, Any], recipe: Recipe, say: Say, cancel: Cancel
) -> dict[str, Any]:
    return children.ask(
        CHILD,
        {**question, "home": str(home)},
        folder=home,
        remark=lambda said: say(Progress(said["what"], said["done"], said["total"])),
        cancel=cancel,
        with_stdin=STDIN in recipe.sources,
    )
