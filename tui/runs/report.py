"""A run on one page of plain text: what people pass around when they ask for help."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from importlib.metadata import version

from ttgpt.engine import events, wire
from ttgpt.engine.checkpoints.info import WHOLE, list_checkpoints
from ttgpt.engine.config import RunConfig
from ttgpt.engine.runs.rundir import RunFolder

from ..format import NOTHING, count, grouped, loss, size, visible
from ..widgets.chart.overlay_chart import Curve, overlay
from .detail import read_detail
from .differences import flat, written_value
from .glance import Glance
from .history import History, read_history
from .spread import find_lines

_WIDTH, _HEIGHT = 78, 18
_MOST_EVALUATIONS = 24


def report(seen: Glance, config: RunConfig) -> str:
    """Write a run's state, curve, losses, best samples, settings and environment."""
    history = read_history(seen)
    parts = [
        _section(f"run {seen.name}", _standing(seen)),
        _section("loss over steps", _curve(history)),
        _section("evaluations", _evaluations(history)),
        _section("samples", _samples(seen.run, history)),
        _section("checkpoints", _checkpoints(seen.run)),
        _section("environment", _environment(seen.run)),
        _section("settings", (f"{n:<28}{written_value(v)}" for n, v in flat(config).items())),
    ]
    # What a model wrote may hold control characters; they are made visible.
    return visible("\n".join(parts))


def _section(title: str, lines: Iterator[str]) -> str:
    body = "\n".join(line.rstrip() for line in lines)
    return f"{title}\n{'-' * len(title)}\n{body or NOTHING}\n"


def _standing(seen: Glance) -> Iterator[str]:
    detail = read_detail(seen)
    yield f"state     {seen.state}, step {grouped(seen.step)} of {grouped(seen.max_steps)}"
    yield f"preset    {seen.preset}"
    yield f"begun     {_moment(seen.created)}"
    yield f"written   {_moment(time.time())}, by ttgpt-tui {version('ttgpt-tui')}"
    yield f"on disk   {size(seen.bytes)}"
    for label, text in detail.entries:
        yield f"{label:<10}{text}"
    for name, value, before in detail.differs:
        yield f"          {name} = {value} (its preset: {before})"


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M %z", time.localtime(seconds))


def _curve(history: History) -> Iterator[str]:
    # ASCII: the report is read in mail, issues and editors with any font.
    for line in overlay([Curve(history.train, history.val)], _WIDTH, _HEIGHT, "ascii"):
        yield line.plain
    yield "  * train, averaged   o validation"


def _evaluations(history: History) -> Iterator[str]:
    if not history.val:
        return
    yield f"{'step':>10}{'val loss':>12}{'perplexity':>12}"
    every = math.ceil(len(history.val) / _MOST_EVALUATIONS)
    kept = history.val[::-1][::every][::-1]
    best = history.best
    if best is not None and best not in kept:
        kept = sorted([*kept, best])
    for step, value in kept:
        mark = "  best" if (step, value) == best else ""
        shown = f"{math.exp(value):.2f}" if math.isfinite(value) and value < 20 else NOTHING
        yield f"{grouped(step):>10}{loss(value):>12}{shown:>12}{mark}"
    if every > 1:
        yield f"every {every}th of {len(history.val)}"


def _samples(run: RunFolder, history: History) -> Iterator[str]:
    """Give the sample nearest to the best step, and the last one."""
    found = list(_all_samples(run))
    if not found:
        return
    best = history.best
    chosen = [found[-1]]
    if best is not None:
        nearest = min(found, key=lambda sample: abs(sample.step - best[0]))
        chosen = [nearest] if nearest is found[-1] else [nearest, found[-1]]
    for sample in chosen:
        yield (
            f"@{grouped(sample.step)}  temperature {sample.temperature:g}  top-k {sample.top_k}"
            f"  top-p {sample.top_p:g}  seed {sample.seed}"
        )
        yield from ("    " + line for line in f"{sample.prompt}{sample.text}".split("\n"))
        yield ""


def _all_samples(run: RunFolder) -> Iterator[events.Sample]:
    with contextlib.suppress(OSError):
        for line in find_lines(run.events, b'"type":"sample"'):
            with contextlib.suppress(wire.DecodeError):
                event = events.decode(line).event
                if isinstance(event, events.Sample):
                    yield event


def _checkpoints(run: RunFolder) -> Iterator[str]:
    for one in list_checkpoints(run.path):
        state = one.kind if one.state == WHOLE else f"{one.state}: {one.problem}"
        yield f"{grouped(one.step):>10}{loss(one.val_loss):>12}{size(one.bytes):>12}  {state}"


def _environment(run: RunFolder) -> Iterator[str]:
    info = run.info()
    yield f"backend   {info.backend}"
    yield f"device    {info.device or NOTHING}"
    for line in find_lines(run.events, b'"type":"opened"') if run.events.exists() else ():
        with contextlib.suppress(wire.DecodeError):
            event = events.decode(line).event
            if isinstance(event, events.Opened):
                yield f"opened    {event.dtype}, {count(event.parameters)} parameters"
    for name, value in {**info.versions, **info.numerics}.items():
        yield f"{name:<10}{value}"
