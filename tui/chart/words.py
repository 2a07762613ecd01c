"""What a chart says in words: its title with the meaning of its marks, or the values at a step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from textual.content import Content

from ..format import duration, grouped, loss, lr, one_line, small
from ..watching.series import Bucket, Series, smoothed
from ..widgets.chart.glyphs import Glyphs
from ..widgets.lines import with_parts
from .content import LETTERS, Chart

OVERLAY_STYLES = ("$warning", "$success", "$error", "$accent")
_LONGEST_NAME = 16
_UNITS = {"temperature": "C", "power": "W", "clock": "MHz"}


def title(chart: Chart, glyphs: Glyphs, width: int) -> Content:
    """Name what is drawn, as much of it as there is room for."""
    state, view = chart.state, chart.view
    found = [f"{glyphs.line} train", f"{glyphs.point} val"]
    if view.smoothing != 1:
        found[0] += f", average of {view.averaged}" if view.smoothing else ", not smoothed"
    told = [
        (state.restarts, f"{glyphs.restart} resumed"),
        (state.changes, f"{glyphs.changed} changed"),
        (state.pauses, f"{glyphs.paused} paused"),
        (state.best, f"{glyphs.best} best"),
        (state.checkpoints, f"{glyphs.saved} saved"),
    ]
    head = Content("loss, log axis" if view.log else "loss")
    for place, overlay in enumerate(chart.overlays):
        style = OVERLAY_STYLES[place % len(OVERLAY_STYLES)]
        name = one_line(overlay.name)[:_LONGEST_NAME]
        label = f"  {LETTERS[place]} {name} {loss(overlay.state.train_loss, 2)}"
        head += Content.styled(label, style)
    return with_parts(head, found + [words for shown, words in told if shown], width)


def values(chart: Chart, step: float, width: int) -> Content:
    """Tell the figures at a step, the most important ones first."""
    state, view = chart.state, chart.view
    series = chart.series("loss")[0]
    found = series.at(step)
    if found is None:
        return Content("loss")
    head = Content.assemble(
        (f"@{grouped(found.step)}", "$accent bold"), ("  loss ", "dim"), _loss(found)
    )
    parts = []
    if view.smoothing:
        parts.append(f"avg {loss(_average(series, view.memory, found.step))}")
    parts += [*_evaluation(chart, found.step), *_others(chart, found.step), *_events(chart, found)]
    parts.append(duration(state.history.clock.at(found.step)))
    return with_parts(head, parts, width)


def pane_title(chart: Chart, step: float | None, width: int) -> Content:
    """Name the second set of curves, and tell its value at a step."""
    name = chart.view.pane
    all_series = chart.series(name)
    last = chart.state.step if step is None else step
    buckets = [series.at(last) for series in all_series]
    figures = [_figure(name, bucket) for bucket in buckets if bucket is not None]
    label = {"lr": "learning rate", "grad norm": "gradient norm"}.get(name, name)
    return Content.assemble((f"{label} ", "dim"), "  ".join(figures)).truncate(max(0, width))


def _figure(name: str, bucket: Bucket) -> str:
    if name == "lr":
        return lr(bucket.mean)
    if name in _UNITS:
        return f"{bucket.mean:.0f} {_UNITS[name]}"
    return grouped(bucket.mean) if name == "tokens/s" else small(bucket.mean)


def _loss(found: Bucket) -> str:
    if found.count > 1:
        return f"{loss(found.low)} to {loss(found.high)}, {found.count} steps"
    return loss(found.mean)


def _average(series: Series, memory: float, step: int) -> float | None:
    points = smoothed(series, memory)
    at = bisect_right([at for at, _ in points], step)
    return points[at - 1][1] if at else None


def _evaluation(chart: Chart, step: int) -> list[str]:
    """Tell the newest evaluation until a step."""
    done = [found for found in chart.state.evaluations if found.step <= step]
    if not done:
        return []
    return [f"val {loss(done[-1].val_loss)} @{grouped(done[-1].step)}"]


def _others(chart: Chart, step: int) -> list[str]:
    found = []
    for letter, overlay in zip(LETTERS, chart.overlays, strict=False):
        bucket = overlay.state.raw.at(step)
        reached = bucket is not None and overlay.state.step >= step
        found += [f"{letter} {loss(bucket.mean)}"] if bucket is not None and reached else []
    return found


def _events(chart: Chart, found: Bucket) -> Sequence[str]:
    """Tell what happened at a step."""
    state, step = chart.state, found.step
    told = [
        f"{one_line(change.name)} {change.old} to {change.new}"
        for change in state.changes
        if change.step == step
    ]
    told += ["resumed"] if step in state.restarts else []
    told += ["paused"] if step in state.pauses else []
    told += ["saved"] if any(saved.step == step for saved in state.checkpoints) else []
    return told
