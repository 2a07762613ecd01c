"""What is said of the chosen checkpoint below a list that has no room for it."""

import dataclasses
import math
from pathlib import Path

import pytest
from saved_run import CHARACTERS

from ttgpt.tui.play.choices import LIVE, Choice, Vocabulary
from ttgpt.tui.widgets.play.checkpoint_line import about

NOW = 1_763_700_000.0
SAVED = Choice(
    run=Path("runs/2026-11-21-071233-stage2"),
    run_name="stage2",
    step=1750,
    marks=("best",),
    val_loss=1.861,
    checkpoint="001750",
    train_loss=1.742,
    bytes=128_000_000,
    created=NOW - 7200,
    preset="shakespeare",
)
VOCABULARY = Vocabulary(CHARACTERS, 256, "", "nanogpt 6-6-384", 10_700_000, None)


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (37, "train 1.742  128 MB  2 h  10.7 M"),
        (55, "128 MB  2 h  10.7 M  shakespeare  nanogpt 6-6-384"),
        (80, "10.7 M  nanogpt 6-6-384"),
    ],
)
def test_what_has_no_column_is_said_as_far_as_it_fits(width: int, words: str) -> None:
    assert about(SAVED, NOW, width, VOCABULARY) == words


def test_a_mark_that_has_no_room_in_the_list_is_said() -> None:
    kept = dataclasses.replace(SAVED, marks=("best", "final", "kept"))
    assert about(kept, NOW, 37) == "kept  train 1.742  128 MB  2 h"


def test_what_is_not_known_is_not_said() -> None:
    live = Choice(SAVED.run, "stage2", 1840, (LIVE,), math.nan, "")
    assert about(live, NOW, 37) == ""
    assert about(live, NOW, 37, VOCABULARY) == "10.7 M  nanogpt 6-6-384"


def test_of_a_broken_one_it_says_what_is_wrong() -> None:
    broken = dataclasses.replace(SAVED, state="damaged", problem="config.json\nis missing")
    assert about(broken, NOW, 37, VOCABULARY) == "config.json↵is missing"
