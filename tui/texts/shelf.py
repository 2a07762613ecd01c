"""What lies prepared in a home, and what could be prepared: read in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine.data import datasets
from ttgpt.engine.data.datasets import ListedSet, Use
from ttgpt.engine.data.sources import BUNDLED, DOWNLOADS
from ttgpt.engine.errors import TtgptError

from ..format import size
from .completion import Offered
from .several import BETWEEN

_SAMPLES, _SAMPLE_TOKENS = 3, 200


@dataclass(frozen=True)
class Row:
    """A set in the list, with what its folder does not say by itself."""

    set: ListedSet
    bytes: int
    uses: tuple[Use, ...]

    @property
    def name(self) -> str:
        """The set's name."""
        return self.set.name

    @property
    def tokens(self) -> int | None:
        """Tokens of both parts; None where the set is damaged."""
        meta = self.set.meta
        return meta.train_tokens + meta.val_tokens if meta is not None else None


@dataclass(frozen=True)
class Shelf:
    """Everything that the screen shows of a home's sets."""

    rows: tuple[Row, ...]
    offered: tuple[Offered, ...]
    """Sources to choose from: what the program knows, then what was used before."""


def read_shelf(home: Path) -> Shelf:
    """Look what is there."""
    uses = datasets.uses(home)
    rows = tuple(
        Row(one, one.bytes, tuple(uses.get(one.name, ()))) for one in datasets.list_sets(home)
    )
    return Shelf(rows, tuple(_offered(home)))


def read_samples(home: Path, name: str) -> list[str]:
    """Decode a few places of a set; none where it is damaged."""
    try:
        return datasets.sample(home, name, _SAMPLES, _SAMPLE_TOKENS)
    except TtgptError:
        return []


def _offered(home: Path) -> list[Offered]:
    known = [Offered(name, "comes with the program") for name in BUNDLED]
    known += [Offered(name, f"download, {size(one.size)}") for name, one in DOWNLOADS.items()]
    names = {one.text for one in known}
    recent = [BETWEEN.join(sources) for sources in datasets.recent_sources(home)]
    return known + [Offered(text, "used before") for text in recent if text not in names]
