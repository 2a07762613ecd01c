"""Stages from text: made of the bundled plays, at every degree of disorder."""

import math
import random
from importlib import resources

import pytest

from ttgpt.engine import events
from ttgpt.engine.health.monitor import Monitor
from ttgpt.engine.health.stage import ByChance, standing
from ttgpt.engine.health.words import Reference, reference, words

GUESSING = math.log(65)
BY_CHANCE = ByChance(GUESSING, 3.1)


@pytest.fixture(scope="module")
def text() -> str:
    return (resources.files("ttgpt.assets") / "harbour.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def known(text: str) -> Reference:
    cut = len(text) * 9 // 10
    return reference(text[:cut], text[cut:])


def stage_of(sample: str, known: Reference, loss: float = 2.0) -> str | None:
    found = standing([sample], loss, BY_CHANCE, known)
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
    found = standing([text[-3000:]], 1.3, BY_CHANCE, known)
    assert found is not None
    assert found.stage == "fluent"
    assert "of word pairs" in found.evidence


def test_text_that_was_trained_on_may_be_recited(text: str, known: Reference) -> None:
    found = standing([text[3000:6000]], 0.2, BY_CHANCE, known)
    assert found is not None
    assert "it may recite" in found.evidence
    found = standing([text[-3000:]], 1.3, BY_CHANCE, known)
    assert found is not None
    assert "recite" not in found.evidence


def test_a_salad_of_real_words_is_words(known: Reference) -> None:
    salad = random.Random(1).sample(sorted(known.words), 80)
    assert stage_of(" ".join(salad), known) == "words"


def test_misspelt_speeches_are_format(text: str, known: Reference) -> None:
    found = standing([misspelt(text[-3000:], 0.35)], 2.0, BY_CHANCE, known)
    assert found is not None
    assert found.stage == "format"
    assert "a name and a colon open" in found.evidence


def test_misspelt_prose_is_letters(text: str, known: Reference) -> None:
    prose = " ".join(words(text[-3000:]))
    assert stage_of(misspelt(prose, 0.35), known) == "letters"


@pytest.mark.parametrize("sample", ["", "\n\n\n", "a b c", "MARTHA:"])
def test_too_little_text_is_not_judged(sample: str, known: Reference) -> None:
    assert stage_of(sample, known) is None


def test_a_stage_is_told_with_each_sample_and_stays_once_reached(
    text: str, known: Reference
) -> None:
    good = " ".join(words(text[-2000:]))
    bad = misspelt(good, 0.4)
    monitor = Monitor(BY_CHANCE, 0)
    list(monitor.evaluated(events.Evaluated(1, 1.5, 1.5, 64, True), {}))
    told = [
        [found.text for found in monitor.sampled([sample], step, known)]
        for step, sample in enumerate([bad, bad, good, good, bad, good, bad, bad])
    ]
    assert told == [
        ["letters"], ["letters"], ["fluent"], ["fluent"], [], ["fluent"], [], [],
    ]  # fmt: skip


def test_the_loss_alone_tells_that_guessing_is_over() -> None:
    monitor = Monitor(BY_CHANCE, 0)
    none = Reference(frozenset(), frozenset(), 1.0, 1.0, False)
    list(monitor.evaluated(events.Evaluated(0, 4.17, 4.17, 64, True), {}))
    assert [found.text for found in monitor.sampled(["x"], 0, none)] == ["guessing"]
    told = [
        (found.step, found.text, found.evidence)
        for step, loss in ((10, 4.1), (20, 3.3), (30, 3.1), (40, 3.0))
        for found in monitor.stepped(events.Step(step, step, loss, 1e-3, 1.0, 5.0, 1.0))
    ]
    assert told == [(40, "letters", "loss 3.10; guessing 4.17, by frequencies 3.10")]


def test_short_samples_are_judged_together_with_those_before(text: str, known: Reference) -> None:
    good, bad = "the lamp and the boat on the water", "vlask mern dopt gruff plint sarn wost kel."
    assert stage_of(bad, known) == "letters"
    assert stage_of(good, known) is None  # five words of three letters say nothing yet
    found = standing([bad], 2.0, BY_CHANCE, known, [good] * 9)
    assert found is not None
    assert found.stage == "words"


def test_few_speeches_are_no_format(text: str, known: Reference) -> None:
    one = "xx\n\nTOM:\n" + misspelt("the lamp and the boat are out upon the water again", 0.5) * 3
    assert stage_of(one, known) == "letters"


def test_where_words_cannot_be_told_apart_there_is_no_word_on_them() -> None:
    known = reference("\u6c34\u706b\u6728" * 50, "\u91d1\u571f\u65e5" * 20)
    assert known.known == 0.0
    assert stage_of("\u6c34\u706b \u6728\u571f " * 30, known) is None
