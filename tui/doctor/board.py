"""All checks in their order, each with what was found, or with how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from ttgpt.engine.doctor.finding import NO_CARD, Finding

OK, BLOCK, WARN, NOTE, SKIP = "ok", "BLOCK", "warn", "note", "skip"
"""What a finding's state may be."""
RUNNING, UNKNOWN = "runs", "?"
"""The state where there is no finding."""

_PROBLEMS = (BLOCK, WARN)

View = Literal["folded", "answered", "all"]
VIEWS: tuple[View, ...] = ("folded", "answered", "all")
"""What is listed: problems, and a row for the others of each family; what was not skipped; all."""

_NEED_NO_LOOK = (OK, RUNNING, UNKNOWN)


class CheckLike(Protocol):
    """What the board needs of a check before it has run."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def question(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Row:
    """A check, and what is known of it."""

    id: str
    family: str
    question: str
    finding: Finding | None = None
    is_running: bool = False
    folded: int = 0
    """How many more of its family, in the same state, it stands for."""

    @property
    def word(self) -> str:
        """The state in a word."""
        if self.is_running:
            return RUNNING
        return UNKNOWN if self.finding is None else self.finding.state

    @property
    def text(self) -> str:
        """The line: what was found, or the question while nothing was."""
        return self.question if self.finding is None else self.finding.what


class Board:
    """The rows of the list, in the order of the checks; families stay together.

    Args:
        checks: All checks, in the order in which they are shown.
    """

    def __init__(self, checks: Iterable[CheckLike]) -> None:
        self.rows: list[Row] = [Row(c.id, c.family, c.question) for c in checks]
        self._renewed = {row.id for row in self.rows}
        self._gather()

    def begin(self, only: Collection[str] | None = None) -> None:
        """Mark checks as running: all of them, or some by their ids."""
        self._each(lambda row: only is None or row.id in only, is_running=True)

    def forget_others(self) -> None:
        """Drop what no full pass asks again: what a reset or a device's opening came to."""
        self.rows = [row for row in self.rows if row.id in self._renewed]

    def take(self, finding: Finding) -> None:
        """Put a finding in the place of its check, or at the end of its family."""
        new = Row(finding.id, finding.family, finding.question, finding)
        places = [place for place, row in enumerate(self.rows) if row.id == finding.id]
        if places:
            self.rows[places[0]] = new
        else:
            self.rows.append(new)
            self._gather()

    def end(self) -> None:
        """Let go of what was still running: it was stopped, or has not reported."""
        self._each(lambda row: row.is_running, is_running=False)

    @property
    def findings(self) -> list[Finding]:
        """All that was found, in the order shown."""
        return [row.finding for row in self.rows if row.finding is not None]

    @property
    def counts(self) -> Counter[str]:
        """How many rows have which word."""
        return Counter(row.word for row in self.rows)

    @property
    def first_problem(self) -> str | None:
        """The row to look at first: the first that blocks, else the first that warns.

        Where there is no card, what keeps the CPU from training comes before that.
        """
        found = sorted(self.findings, key=lambda finding: finding.state != BLOCK)
        if any(finding.id == NO_CARD and finding.blocks for finding in found):
            problems = (one.id for one in found if one.state == BLOCK and one.needs != "card")
            return next(problems, NO_CARD)
        return next((finding.id for finding in found if finding.state in _PROBLEMS), None)

    def row(self, wanted: str) -> Row | None:
        """Find a row by its check's id."""
        return next((row for row in self.rows if row.id == wanted), None)

    def _each(self, chosen: Callable[[Row], bool], *, is_running: bool) -> None:
        self.rows = [
            replace(row, is_running=is_running) if chosen(row) else row for row in self.rows
        ]

    def _gather(self) -> None:
        order = list(dict.fromkeys(row.family for row in self.rows))
        self.rows.sort(key=lambda row: order.index(row.family))


def listed(rows: Sequence[Row], view: View) -> list[Row]:
    """Choose the rows of a view."""
    shown = [row for row in rows if view == "all" or row.word != SKIP]
    return list(_folded(shown)) if view == "folded" else shown


def _folded(rows: Sequence[Row]) -> Iterator[Row]:
    """Let the first row of a family stand for all that need no look and are in the same state."""
    counts = Counter((row.family, row.word) for row in rows)
    for row in rows:
        same = counts.get((row.family, row.word))
        if row.word not in _NEED_NO_LOOK:
            yield row
        elif same is not None:
            yield replace(row, folded=same - 1)
            del counts[row.family, row.word]
