from __future__ import annotations

import math

import pytest

from ttgpt.engine import events
from ttgpt.tui.cli.narrate import Narrator

OPENED = events.Opened(
    backend="torch",
    device="cpu",
    device_count=1,
    dtype="bfloat16",
    parameters=10_700_000,
    vocab_size=65,
    steps_done=500,
    max_steps=3000,
    tokens_per_step=16_384,
    note="bfloat16 is faster here",
)


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (
            events.Step(20, 1, 2.5, 1e-3, 0.8, 5.0, 3696.2),
            ["step        20 / 3,000  loss 2.500  lr 1.0e-03  3,696 tokens/s"],
        ),
        (
            events.Step(20, 1, math.nan, 1e-3, math.nan, 5.0, 3696.2),
            ["step        20 / 3,000  loss nan  lr 1.0e-03  3,696 tokens/s"],
        ),
        (
            events.Evaluated(250, 2.4, 2.51, 65_536, True),
            ["eval       250 / 3,000  train 2.400  val 2.510  best so far"],
        ),
        (
            events.Sample(250, "\n", "a\n\x1b[2J b\n", 0.8, 40, 1.0, 1, 9.0),
            [
                "sample     250 / 3,000  temperature 0.8  top-k 40  top-p 1",
                "    a",
                "    \x1b[2J b",
            ],
        ),
        (events.Sampling(250), []),
        (events.Telemetry([]), []),
        (events.Paused(7), ["paused       7 / 3,000"]),
        (events.Finished(3000, "max_steps"), ["ended    3,000 / 3,000  all steps done"]),
        (events.Finished(3000, "moonrise"), ["ended    3,000 / 3,000  moonrise"]),
        (
            events.Unknown("comet", {}),
            ["notice   the worker told of 'comet', unknown to this version"],
        ),
    ],
)
def test_an_event_becomes_short_lines(event: events.Event, lines: list[str]) -> None:
    narrator = Narrator()
    narrator.lines(OPENED)
    assert narrator.lines(event) == lines


def test_the_opening_says_what_computes() -> None:
    (line,) = Narrator().lines(OPENED)
    assert line == (
        "opened   torch cpu bfloat16  10.7 M parameters  3,000 steps of 16,384 tokens"
        "  goes on after step 500  bfloat16 is faster here"
    )


def test_every_event_has_words_or_is_a_passing_phase() -> None:
    silent = {"evaluating", "sampling", "saving", "closed", "telemetry"}
    dispatch = vars(Narrator)["lines"].dispatcher.dispatch
    told = {k for k, kind in events.EVENT_TYPES.items() if dispatch(kind) != dispatch(events.Event)}
    assert told | silent == set(events.EVENT_TYPES)


def test_a_finding_is_told_once_however_often_its_figures_change() -> None:
    narrator = Narrator()
    found = [
        events.Health("overfitting", "warning", step, "overfitting since step 2", f"val {step}")
        for step in (5, 6, 7)
    ]
    over = events.Health("overfitting", "info", 8, "over: overfitting", is_over=True)
    told = [line for event in [*found, over, found[0]] for line in narrator.lines(event)]
    assert told == [
        "warning  5  overfitting since step 2  val 5",
        "info     8  over: overfitting",
        "warning  5  overfitting since step 2  val 5",
    ]
