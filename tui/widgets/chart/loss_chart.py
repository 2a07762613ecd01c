"""The loss over the steps, to look at and to look into: zoom, cursor, other curves, other runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from ...chart import view as views
from ...chart.content import LETTERS, Baseline, Chart, Overlay
from ...chart.picture import picture, share_at
from ...chart.scales import Across, last_step
from ...chart.view import View
from ...settings import Marker
from ...watching.history import History
from ...watching.state import RunState
from ..lines import Lines

__all__ = ["Baseline", "LossChart", "Overlay"]

_NOTHING_YET = "the curve begins with the first step"


class LossChart(Lines, can_focus=True):
    """The loss curve of a run; in focus, its keys choose what of it is shown."""

    HELP = (
        "The loss over the steps, in nats per token: the lower it is, the better the model "
        "predicts the text. Faint dots are single steps, the line is their average, the points "
        "are text held out of training. Points well above the line: the text is being learned "
        "by heart.\n"
        "guessing  every token is as likely as any other\n"
        "letter pairs  only the token before is known"
    )
    BINDINGS = [
        Binding("escape", "leave", "back", key_display="Esc", tooltip="Back to the run"),
        Binding("left", "point(-1)", "step", key_display="←→", tooltip="The step before"),
        Binding("right", "point(1)", "step", show=False, tooltip="The step after"),
        Binding("up", "zoom(True)", "zoom", key_display="↑↓", tooltip="Closer"),
        Binding("down", "zoom(False)", "zoom", show=False, tooltip="Farther"),
        Binding("b", "pan(-0.5)", "pan", show=False, tooltip="Earlier steps"),
        Binding("f", "pan(0.5)", "pan", show=False, tooltip="Later steps"),
        Binding("z", "whole", "all", tooltip="The whole run"),
        Binding("m", "toggle_time", "axis", tooltip="Steps or minutes below"),
        Binding("l", "toggle_log", "log", tooltip="Linear or log loss axis"),
        Binding("u", "smooth(1)", "smooth", key_display="u d", tooltip="Smoother"),
        Binding("d", "smooth(-1)", "smooth", show=False, tooltip="Less smooth, then not at all"),
        Binding("v", "pane", "below", tooltip="Another curve below the loss"),
        Binding("o", "overlay", "runs", tooltip="Other runs in this chart"),
    ]

    class Left(Message):
        """Whoever looked into the chart is done."""

    class OverlayWanted(Message):
        """Other runs are to be chosen."""

    class DetailWanted(Message):
        """A part of the run is shown more closely than its curves are kept."""

        def __init__(self, low: float, high: float) -> None:
            super().__init__()
            self.low, self.high = low, high

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._marker = marker
        self._chart = Chart()
        self._covered = (0.0, 0.0)
        """Steps that the detail is of."""
        self._is_at_end = False
        """Whether the cursor goes along with the newest step."""

    @property
    def view(self) -> View:
        """What is looked at, and how."""
        return self._chart.view

    def show(
        self,
        state: RunState,
        baselines: Sequence[Baseline] = (),
        *,
        chosen_samples: Sequence[int] = (),
        overlays: Sequence[Overlay] = (),
    ) -> None:
        """Show a run.

        Args:
            state: The run.
            baselines: Losses to compare with.
            chosen_samples: Steps of the samples that are shown beside the chart.
            overlays: Other runs.
        """
        if state is not self._chart.state:
            self._chart = Chart(view=views.whole(replace(self.view, cursor=None)))
        self._chart = replace(
            self._chart,
            state=state,
            baselines=baselines,
            chosen=chosen_samples,
            overlays=overlays[: len(LETTERS)],
        )
        if self._is_at_end and state.raw:
            self._look(replace(self.view, cursor=float(state.raw.steps[-1])))
        else:
            self._look(self.view)

    def show_detail(self, history: History, low: float, high: float) -> None:
        """Take every single step of a part of the run."""
        self._covered = (low, high)
        self._chart = replace(self._chart, detail=history)
        self._look(self.view)

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the chart."""
        state = self._chart.state
        if state.opened is None and not state.raw:
            return [Content("loss"), Content(""), Content.styled(_NOTHING_YET, "dim")]
        return picture(self._drawn_chart(), self._marker, width, height)

    def on_focus(self) -> None:
        """Begin at the newest step."""
        if self.view.cursor is None and self._chart.state.raw:
            self._point_at(self._chart.state.step)

    def on_blur(self) -> None:
        """Tell no values any more."""
        self._is_at_end = False
        self._look(replace(self.view, cursor=None))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        share = self._share_at(event.x - self.content_region.x + self.region.x)
        self._point_at(Across(self.view, self._chart.state).step(share))

    def action_leave(self) -> None:
        """Go back to the run."""
        self.post_message(self.Left())

    def action_point(self, columns: int) -> None:
        """Move the cursor by a column, and by a logged step at least."""
        series = self._drawn_chart().series("loss")[0]
        at = self.view.cursor
        here = series.at(at) if at is not None else None
        if at is None or here is None:
            return
        across = Across(self.view, self._chart.state)
        share = across.share(at) + columns * self._share_of_a_column
        there = series.at(across.step(share))
        if there is None or there.step == here.step:
            place = series.steps.index(here.step) + columns
            there = series.bucket(max(0, min(len(series) - 1, place)))
        self._point_at(there.step)

    def action_zoom(self, closer: bool) -> None:
        """Show half or twice as many steps."""
        self._look(views.zoomed(self.view, closer, *self._ends))

    def action_pan(self, windows: float) -> None:
        """Move by a part of the window."""
        view = views.panned(self.view, windows, *self._ends)
        low, high = views.shown(view, *self._ends)
        cursor = view.cursor if view.cursor is None else max(low, min(high, view.cursor))
        self._is_at_end = self._is_at_end and cursor == self.view.cursor
        self._look(replace(view, cursor=cursor))

    def action_whole(self) -> None:
        """Show the whole run."""
        self._look(views.whole(self.view))

    def action_toggle_time(self) -> None:
        """Change between steps and time."""
        self._look(replace(self.view, by_time=not self.view.by_time))

    def action_toggle_log(self) -> None:
        """Change between a linear and a logarithmic loss axis."""
        self._look(replace(self.view, log=not self.view.log))

    def action_smooth(self, by: int) -> None:
        """Average over more or fewer steps."""
        self._look(views.smoothed_more(self.view, by))

    def action_pane(self) -> None:
        """Show another curve below the loss."""
        self._look(views.next_pane(self.view, self._chart.offered_panes()))

    def action_overlay(self) -> None:
        """Ask for other runs."""
        self.post_message(self.OverlayWanted())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what changes something."""
        if action == "whole":
            return self.view.window is not None
        return True

    def _share_at(self, column: float) -> float:
        return share_at(self._drawn_chart(), self._marker, *self.size, column)

    @property
    def _share_of_a_column(self) -> float:
        middle = self.size.width // 2
        return self._share_at(middle + 1) - self._share_at(middle)

    @property
    def _ends(self) -> tuple[float, float]:
        state = self._chart.state
        return last_step(state), float(state.step)

    def _point_at(self, step: float) -> None:
        found = self._drawn_chart().series("loss")[0].at(step)
        if found is not None:
            self._is_at_end = found.step == self._chart.state.raw.steps[-1]
            self._look(views.pointed(self.view, float(found.step), *self._ends))

    def _look(self, view: View) -> None:
        was = self.view
        self._chart = replace(self._chart, view=view)
        if view != was and self.is_attached:
            self.refresh_bindings()
        self._ask_for_detail()
        self.redraw()

    def _ask_for_detail(self) -> None:
        """Ask for single steps where fewer buckets than columns are in view."""
        low, high = views.shown(self.view, *self._ends)
        series = self._chart.state.raw
        if self.view.window is None or series.width == 1:
            self._chart = replace(self._chart, detail=None)
            self._covered = (0.0, 0.0)
        elif not self._is_covered(low, high) and len(series.between(low, high)) < self.size.width:
            self._covered = (low, high)
            self.post_message(self.DetailWanted(low, high))

    def _is_covered(self, low: float, high: float) -> bool:
        return self._covered[0] <= low and high <= self._covered[1]

    def _drawn_chart(self) -> Chart:
        low, high = views.shown(self.view, *self._ends)
        fits = self._is_covered(low, high) and self._chart.detail is not None
        return self._chart if fits else replace(self._chart, detail=None)
