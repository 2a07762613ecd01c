"""What the chart of a run needs beside the run: other runs, and single steps read again."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from textual import work

from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.rundir import RunFolder, list_runs

from ..chart.content import Overlay
from ..watching.detail import read_detail
from ..watching.watch import RunWatch
from ..widgets.chart.loss_chart import LossChart
from ..widgets.train.run_view import RunView
from .frame import FramedScreen
from .overlays import OverlayChoice


class ChartActions(FramedScreen):
    """The part of a place that reads what its chart asks for."""

    def __init__(self) -> None:
        super().__init__()
        self._overlaid: list[RunFolder] = []

    def overlay_none(self) -> None:
        """Draw no other runs: another one is watched now."""
        self._overlaid = []
        self.query_one(RunView).overlay([])

    def on_loss_chart_overlay_wanted(self) -> None:
        """Choose other runs for the chart."""
        self._choose_overlays()

    def on_loss_chart_detail_wanted(self, message: LossChart.DetailWanted) -> None:
        """Read every step of the part that is looked at."""
        self._read_detail(message.low, message.high)

    @work(exclusive=True, group="overlays")
    async def _choose_overlays(self) -> None:
        watch = self.ttgpt.run_watch
        own = watch.run if watch is not None else None
        runs = await asyncio.to_thread(_other_runs, self.ttgpt.home, own)
        chosen = await self.app.push_screen_wait(OverlayChoice(runs, self._overlaid))
        if chosen is None:
            return
        self._overlaid = chosen
        overlays = await asyncio.to_thread(_read_overlays, chosen)
        if chosen is self._overlaid and self.still_has(RunView):
            self.query_one(RunView).overlay(overlays)

    @work(exclusive=True, group="detail")
    async def _read_detail(self, low: float, high: float) -> None:
        watch = self.ttgpt.run_watch
        if watch is None:
            return
        span = watch.feed.span(low, high)
        history = await asyncio.to_thread(read_detail, watch.run.events, *span)
        is_wanted = watch is self.ttgpt.run_watch and self.still_has(LossChart)
        if history is not None and is_wanted:
            self.query_one(LossChart).show_detail(history, low, high)


def _other_runs(home: Path, own: RunFolder | None) -> list[tuple[RunFolder, str]]:
    """Give all runs but one, each with its name and state."""
    found = []
    for run in list_runs(home):
        if own is not None and run.path == own.path:
            continue
        with contextlib.suppress(TtgptError):
            found.append((run, f"{run.info().name}  {run.state()}"))
    return found


def _read_overlays(runs: list[RunFolder]) -> list[Overlay]:
    """Read the curves of runs; what cannot be read is left out."""
    found = []
    for run in runs:
        with contextlib.suppress(TtgptError, OSError):
            watch = RunWatch(run)
            while watch.poll() and not watch.has_caught_up and watch.share_read == 1:
                pass  # of a long run the outline is enough
            found.append(Overlay(watch.info.name, watch.state))
    return found
