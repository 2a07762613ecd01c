"""Two lines above everything else: what is being trained, and how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

from textual.content import Content

from ...format import count, duration, grouped, one_line
from ...watching.state import RunState
from ..lines import Lines

_WAITING = ("starting", "compiling", "saving", "evaluating", "sampling", "stopping", "stalled")
_WAITS_FOR = {
    "starting": "waits for the worker",
    "saving": "writes a checkpoint",
    "evaluating": "reads the validation text",
    "sampling": "writes a sample",
    "stopping": "saves, then ends",
    "stalled": "no step",
}
_ALWAYS_WAITING = ("starting", "compiling", "stopping", "stalled")
_LASTING = 5.0
"""Seconds from which a passing phase says what it waits for, instead of the time left."""
_STYLES = {
    "finished": "$success",
    "paused": "$warning",
    "stopping": "$warning",
    "stalled": "$error",
    "stopped": "$warning",
    "failed": "$error",
    "crashed": "$error",
}
_LONGEST_BAR = 60
_ROOMS = (16, 28)
"""Cells for the words after the bar: it has one of two lengths, and does not follow the words."""


@dataclass(frozen=True)
class RunTitle:
    """What does not change while a run is watched."""

    name: str
    shape: str = ""
    """Architecture, then layers, heads and width."""


class Headline(Lines):
    """A run's name and make, and its progress."""

    DEFAULT_CSS = """
    Headline { height: 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._title = RunTitle("")
        self._state = RunState()
        self._said = ""
        self._read = 1.0

    def on_mount(self) -> None:
        """Count the seconds of whatever is waited for."""
        self.set_interval(1.0, self._count)

    def show(self, title: RunTitle, state: RunState, read: float = 1.0) -> None:
        """Show a run.

        Args:
            title: Its name and make.
            state: The run.
            read: How much of its events was read, from 0 to 1.
        """
        self._title, self._state, self._read = title, state, read
        self.redraw()

    def say(self, text: str) -> None:
        """Put something in place of the time left; empty ends that."""
        self._said = text
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw both lines."""
        return [self._make(width), self._progress(width)]

    def _count(self) -> None:
        if self._state.phase in _WAITING or self._state.waits_for:
            self.redraw()

    def _make(self, width: int) -> Content:
        opened = self._state.opened
        parts = [self._title.shape]
        if opened is not None:
            is_told = opened.device_count == 1 or "chips" in opened.device
            devices = "" if is_told else f" \N{MULTIPLICATION SIGN}{opened.device_count}"
            parts.append(count(opened.parameters))
            parts.append(f"{opened.backend} {opened.device}{devices} {opened.dtype}")
        make = one_line("   ".join(part for part in parts if part))
        name = Content.styled(one_line(self._title.name), "bold")
        gap = max(3, width - name.cell_length - len(make))
        return Content.assemble(name, " " * gap, make)

    def _progress(self, width: int) -> Content:
        state = self._state
        word = Content.styled(f"{state.phase:<10}", _STYLES.get(state.phase, "$accent"))
        if not state.max_steps:
            return Content.assemble(word, " ", self._waiting())
        steps = f" {grouped(state.step)} / {grouped(state.max_steps)}  "
        after = self._after()
        words = next((room for room in _ROOMS if len(after) <= room), width)
        room = width - 10 - len(steps) - words - 2
        return Content.assemble(word, steps, *self._drawn_bar(min(room, _LONGEST_BAR)), after)

    def _drawn_bar(self, cells: int) -> list[tuple[str, str] | str]:
        if cells < 4:
            return []
        state = self._state
        done = min(cells, cells * state.step // state.max_steps)
        return [("━" * done, "$accent"), ("╌" * (cells - done), "dim"), "  "]

    def _after(self) -> str:
        phase, left = self._state.phase, self._state.seconds_left
        if self._said:
            return self._said
        if self._read < 1:
            return f"reading {self._read:.0%}".replace("%", " %")
        if phase == "paused":
            return "b goes back" if self._state.standing.broken else "p resumes"
        if phase in ("crashed", "failed", "stopped"):
            return "r resumes"
        if phase == "finished":
            return "4 to play"
        is_long = phase in _WAITING and self._seconds >= _LASTING
        if is_long or phase in _ALWAYS_WAITING or self._state.waits_for:
            return self._waiting()
        return f"{duration(_rounded(left))} left" if left is not None else ""

    def _waiting(self) -> str:
        state = self._state
        what = one_line(state.waits_for) or _WAITS_FOR.get(state.phase, "")
        seconds = int(self._seconds)
        if state.phase == "stalled":
            return f"{what} for {duration(seconds)}"
        return f"{what}, {seconds} s" if what and 1 < seconds < 86_400 else what

    @property
    def _seconds(self) -> float:
        """How long the phase has lasted; 0 when unknown."""
        since = self._state.phase_since
        return time.time() - since if since else 0.0


def _rounded(seconds: float) -> float:
    """Round an estimate to what it is worth, so that it does not flicker."""
    unit = 1 if seconds < 60 else 5 if seconds < 600 else 60
    return round(seconds / unit) * unit
