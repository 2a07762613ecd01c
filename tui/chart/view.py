"""What part of a run is looked at, and how: plain values and the steps from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

MEMORIES = (0.0, 0.8, 0.95, 0.99, 0.998)
"""Memories of the moving average, from none to the longest."""
_CLOSEST = 4.0
"""Steps that are shown at the closest zoom."""
_ZOOM = 2.0


@dataclass(frozen=True)
class View:
    """How a run's curves are looked at."""

    by_time: bool = False
    """Whether the axis below is time, not steps."""
    log: bool = False
    smoothing: int = 1
    """Which of the memories."""
    window: tuple[float, float] | None = None
    """First and last step shown; None for all there are."""
    follows: bool = False
    """Whether the window moves along with the newest step."""
    cursor: float | None = None
    """The step at which values are told."""
    pane: str = ""
    """What is drawn below the loss; empty for nothing."""

    @property
    def memory(self) -> float:
        """The moving average's memory."""
        return MEMORIES[self.smoothing]

    @property
    def averaged(self) -> int:
        """About how many values the moving average is of."""
        return round(1 / (1 - self.memory))


def shown(view: View, last: float, newest: float) -> tuple[float, float]:
    """Give the steps that are shown.

    Args:
        view: The view.
        last: Where the axis ends when all is shown.
        newest: The newest step.
    """
    if view.window is None:
        return 0.0, last
    low, high = view.window
    if view.follows:
        low, high = low + newest - high, newest
    return low, high


def zoomed(view: View, closer: bool, last: float, newest: float) -> View:
    """Show half or twice as many steps around the cursor."""
    low, high = shown(view, last, newest)
    span = (high - low) / _ZOOM if closer else (high - low) * _ZOOM
    if span >= last:
        return whole(view)
    span = max(span, min(_CLOSEST, last))
    at = view.cursor if view.cursor is not None else newest
    share = (at - low) / (high - low) if high > low else 0.5
    return moved(view, at - share * span, span, newest)


def panned(view: View, windows: float, last: float, newest: float) -> View:
    """Move by a part of the window, to later steps or (negative) to earlier ones."""
    if view.window is None:
        return view
    low, high = shown(view, last, newest)
    return moved(view, low + windows * (high - low), high - low, newest)


def moved(view: View, low: float, span: float, newest: float) -> View:
    """Show a window of so many steps, pushed back where there is nothing to see."""
    low = max(0.0, min(low, newest - span))
    high = low + span
    return replace(view, window=(low, high), follows=high >= newest)


def whole(view: View) -> View:
    """Show all there is."""
    return replace(view, window=None, follows=False)


def pointed(view: View, step: float, last: float, newest: float) -> View:
    """Put the cursor on a step, and the window around it where it lies outside."""
    view = replace(view, cursor=step)
    low, high = shown(view, last, newest)
    if view.window is None or low <= step <= high:
        return view
    span = high - low
    return moved(view, step if step < low else step - span, span, newest)


def smoothed_more(view: View, by: int) -> View:
    """Take a longer memory, or (negative) a shorter one."""
    return replace(view, smoothing=max(0, min(len(MEMORIES) - 1, view.smoothing + by)))


def next_pane(view: View, offered: Sequence[str]) -> View:
    """Show the next of the curves that are offered; after the last one none."""
    panes = ["", *offered]
    at = panes.index(view.pane) if view.pane in panes else 0
    return replace(view, pane=panes[(at + 1) % len(panes)])
