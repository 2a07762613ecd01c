"""Stages from text: made of the bundled plays, at every degree of disorder."""

import math
import random
from importlib import resources

import pytest

from ttgpt.engine import events
from ttgpt.engine.health.monitor import Monitor
from ttgpt.engine.health.stage import standing
from ttgpt.engine.health.words import Reference, reference, words

GUESSING = math.log(65)


@pytest.fixture(scope="module")
def text() -> str:
    return (resources.files("ttgpt.assets") / "harbour.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def known(text: str) -> Reference:
    cut = len(text) * 9 // 10
    return reference(text[:cut], text[cut:])


def stage_of(sample: str, known: Reference, loss: float = 2.0) -> str | None:
    found = standing([sample], loss, GUESSING, known)
    return found.stage if found else None


def misspelt(text: str, share: float) -> str:
    """Replace letters of a share of the words."""
    rng = random.Random(5)
    return "".join(
        rng.choice("bcdfgjkvwxz") if c.islower() and rng.random() < share else c for c in text
    )


def test_a_loss_of_guessing_is_guessing_whatever_was_written(text: str, known: Reference) -> None:
    assert stage_of(text[-3000:], known, loss=4.15) == "guessing"


def test_held_out_text_is_fluent(text: str, known: Reference) -> None:
    found = standing([text[-3000:]], 1.3, GUESSING, known)
    assert found is not None
    assert found.stage == "fluent"
    assert "of word pairs" in found.evidence


def test_a_salad_of_real_words_is_words(known: Reference) -> None:
    salad = random.Random(1).sample(sorted(known.words), 80)
    assert stage_of(" ".join(salad), known) == "words"


def test_misspelt_speeches_are_format(text: str, known: Reference) -> None:
    found = standing([misspelt(text[-3000:], 0.35)], 2.0, GUESSING, known)
    assert found is not None
    assert found.stage == "format"
    assert "a name and a colon open" in found.evidence


def test_misspelt_prose_is_letters(text: str, known: Reference) -> None:
    prose = " ".join(words(text[-3000:]))
    assert stage_of(misspelt(prose, 0.35), known) == "letters"


@pytest.mark.parametrize("sample", ["", "\n\n\n", "a b c", "MARTHA:"])
def test_too_little_text_is_not_judged(sample: str, known: Reference) -> None:
    assert stage_of(sample, known) is None


def test_a_stage_is_told_when_it_changes_and_a_fall_when_it_is_met_twice(
    text: str, known: Reference
) -> None:
    good = " ".join(words(text[-2000:]))
    bad = misspelt(good, 0.4)
    monitor = Monitor(GUESSING, 0)
    list(monitor.evaluated(events.Evaluated(1, 1.5, 1.5, 64, True), {}))
    told = [
        [found.text for found in monitor.sampled([sample], step, known)]
        for step, sample in enumerate([bad, bad, good, good, bad, good, bad, bad])
    ]
    assert told == [["letters"], [], ["fluent"], [], [], [], [], ["letters"]]
