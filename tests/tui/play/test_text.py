from pathlib import Path

import pytest

from ttgpt.engine.commands import Chunk, Generate
from ttgpt.tui.play.changes import ONE_DRAG, Change, ChangeLog
from ttgpt.tui.play.choices import Choice
from ttgpt.tui.play.progress import PlayProgress
from ttgpt.tui.play.text import PlayText
from ttgpt.tui.sampling import Sampling

RUN = Path("runs/2026-11-21-071233-stage2")
CHOICE = Choice(RUN, "stage2", 1750, ("best",), 1.86, str(RUN / "checkpoints/001750"))


def test_a_text_is_called_after_what_writes_it() -> None:
    text = PlayText(CHOICE, Generate(seed=4711))
    assert text.title == "stage2 1,750  seed 4711"
    assert text.file_name == "stage2-1750"


def test_the_seed_is_known_from_the_start_chosen_or_not() -> None:
    assert PlayText(CHOICE, Generate(seed=0)).title == "stage2 1,750  seed 0"
    drawn = [PlayText(CHOICE, Generate()) for _ in range(5)]
    assert all(text.seed == text.command.seed >= 0 for text in drawn)
    assert len({text.seed for text in drawn}) > 1


def test_live_weights_learn_their_step_at_the_end() -> None:
    text = PlayText(Choice(RUN, "stage2", None, ("live",), 1.86, ""), Generate(seed=1))
    assert (text.title, text.file_name) == ("stage2  seed 1", "stage2-0")
    text.told({"step": 1840})
    assert (text.title, text.file_name) == ("stage2 1,840  seed 1", "stage2-1840")


def test_its_origin_is_all_that_it_takes_to_write_it_again() -> None:
    text = PlayText(CHOICE, Generate(seed=7, top_k=0))
    assert text.changed(57, Sampling(0.8, 0), Sampling(1.2, 0), now=1.0)
    assert text.origin.split("\n") == [
        "2026-11-21-071233-stage2, step 1750, seed 7",
        "temperature 0.80, top-k off, top-p 1.00",
        "from token 57: temperature 0.80 to 1.20",
    ]


def test_two_values_changed_at_once_need_one_mark() -> None:
    text = PlayText(CHOICE, Generate())
    assert text.changed(5, Sampling(), Sampling(1.0, 5), now=1.0)
    assert text.log.changes == [
        Change(5, "temperature", "0.80", "1.00"),
        Change(5, "top-k", "40", "5"),
    ]
    assert not text.changed(6, Sampling(1.0, 5), Sampling(1.0, 6), now=1.1)


def test_the_moves_of_a_drag_are_one_change() -> None:
    log = ChangeLog()
    assert log.add(Change(10, "temperature", "0.80", "0.85"), now=5.0)
    assert not log.add(Change(14, "temperature", "0.85", "1.20"), now=5.0 + ONE_DRAG / 2)
    assert log.changes == [Change(10, "temperature", "0.80", "1.20")]
    assert log.add(Change(90, "temperature", "1.20", "0.80"), now=5.0 + 2 * ONE_DRAG)
    assert len(log.changes) == 2


def test_another_slider_is_another_change() -> None:
    log = ChangeLog()
    log.add(Change(10, "temperature", "0.80", "0.85"), now=5.0)
    assert log.add(Change(12, "top-p", "1.00", "0.95"), now=5.1)
    assert [change.name for change in log.changes] == ["temperature", "top-p"]


def test_progress_is_measured_from_asking_and_from_the_first_text() -> None:
    progress = PlayProgress(asked=100.0, wanted=300)
    assert (progress.first_ms, progress.tokens_per_s) == (None, None)
    progress.came(Chunk(1, 0, "", 3), now=100.5)
    assert (progress.first_ms, progress.tokens_per_s) == (500.0, None)
    progress.came(Chunk(1, 0, "", 9), now=100.501)
    assert progress.tokens_per_s is None
    progress.came(Chunk(1, 0, "", 103), now=101.0)
    assert progress.first_ms == 500.0
    assert progress.tokens_per_s == pytest.approx(200.0)


def test_sampling_says_what_another_changes() -> None:
    assert Sampling().changed_in(Sampling()) == {}
    assert Sampling().changed_in(Sampling(1.2, 40, 0.9)) == {"temperature": 1.2, "top_p": 0.9}
