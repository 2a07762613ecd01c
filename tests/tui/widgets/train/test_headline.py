import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_run import opened, step

from ttgpt.engine import events
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.headline import Headline, RunTitle


def drawn(*items: events.Event, width: int = 78, said: str = "", t: float = 1000.0) -> list[str]:
    state = RunState()
    for seq, item in enumerate(items, start=1):
        state.apply(events.Envelope(seq, t, 10.0 * seq, item))
    line = Headline()
    line.show(RunTitle("stage2", "nanogpt 6-6-384"), state)
    line.say(said)
    return [content.plain.rstrip() for content in line.draw(width, 2)]


def test_a_run_and_how_far_it_is() -> None:
    name, progress = drawn(opened(), step(10), step(1840))
    assert name.startswith("stage2 ")
    assert name.endswith("nanogpt 6-6-384   10.7 M   torch cpu bfloat16")
    assert progress.startswith("training   1,840 / 3,000  ━━")
    assert progress.endswith("╌  0:06 left")


def test_before_two_steps_no_time_is_told() -> None:
    assert drawn(opened(), step(10))[1].endswith("╌")


def test_the_bar_does_not_move_with_the_words() -> None:
    items = [opened(), step(10), step(1840)]
    begins = {drawn(*items, more)[1].index("━") for more in (step(1850), events.Saving(1840))}
    assert len(begins) == 1


def test_a_wait_is_named_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1009.4)
    assert drawn(opened(), events.Compiling("kernels"))[1].endswith("  kernels, 9 s")
    assert drawn()[1] == "starting   waits for the worker"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (events.Paused(10), "p resumes"),
        (events.Finished(10, "max_steps"), "4 to play"),
        (events.Finished(10, "stopped"), "r resumes"),
        (events.Failed(10, "x", "y"), "r resumes"),
    ],
)
def test_what_can_be_done_stands_at_the_end(event: events.Event, words: str) -> None:
    assert drawn(opened(), event)[1].endswith(words)


def test_what_is_asked_of_the_worker_is_said() -> None:
    assert drawn(opened(), step(10), said="pause: after this step")[1].endswith(
        "pause: after this step"
    )


def test_names_cannot_steer_the_terminal() -> None:
    line = Headline()
    line.show(RunTitle("a\x1b[2Jb\nc"), RunState())
    assert line.draw(40, 2)[0].plain.startswith("a␛[2Jb↵c")


@given(st.integers(0, 200), st.integers(0, 10**9), st.integers(0, 10**9))
def test_any_progress_fits_any_width(width: int, number: int, most: int) -> None:
    rows = drawn(opened(max_steps=most), step(number, math.nan), width=width)
    assert len(rows) == 2
