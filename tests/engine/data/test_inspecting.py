"""What is said of a text before anything is written."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prepared import analysis
from texts import prepare

from ttgpt.engine.data import inspecting, portion
from ttgpt.engine.data.advice import advice
from ttgpt.engine.data.analysis import FIRST_PART, Analysis, CleaningFact, PresetFact
from ttgpt.engine.data.inspecting import analyse
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.errors import DataError, UsageError

WORDS = ["heart", "aches", "and", "a", "drowsy", "numbness", "pains", "my", "sense", "hemlock"]


def prose(words: int, seed: int = 1) -> str:
    """Write paragraphs of words in any order."""
    chosen = random.Random(seed).choices(WORDS, k=words)
    return "\n\n".join(" ".join(chosen[i : i + 40]) + "." for i in range(0, words, 40)) + "\n"


def looked_at(folder: Path, text: str, **settings: Any) -> Analysis:
    (folder / "ode.txt").write_text(text, "utf-8")
    recipe = Recipe.from_dict({"sources": [str(folder / "ode.txt")], **settings})
    return analyse(recipe, folder / "home")


def said(found: Analysis, level: str) -> str:
    return "\n".join(one.text for one in found.advice if one.level == level)


def test_the_figures_are_those_of_the_set_that_is_made(tmp_path: Path) -> None:
    found = looked_at(tmp_path, prose(6_000), tokenizer="byte", val_fraction=0.2)
    assert not (tmp_path / "home").exists()
    meta = prepare(str(tmp_path / "ode.txt"), "byte", 0.2, tmp_path / "home").meta
    for name in (
        *("name", "sources", "bytes", "characters", "lines"),
        *("train_tokens", "val_tokens", "vocab_size", "unigram_loss", "bigram_loss"),
    ):
        assert getattr(found, name) == getattr(meta, name), name
    assert found.uniform_loss == math.log(256)
    assert not found.is_estimate
    again = looked_at(tmp_path, prose(6_000), tokenizer="byte", val_fraction=0.2)
    assert again.advice == found.advice


def test_a_text_cut_inside_a_character_is_used_and_told(tmp_path: Path) -> None:
    (tmp_path / "ode.txt").write_bytes(("Où? " + prose(400)).encode() + "雪".encode()[:2])
    recipe = Recipe(sources=(str(tmp_path / "ode.txt"),))
    assert "2 bytes are left out" in said(analyse(recipe, tmp_path / "home"), "info")
    made = prepare(str(tmp_path / "ode.txt"), "char", 0.1, tmp_path / "home").meta
    assert [(one.step, one.removed) for one in made.removed] == [("half_characters", 2)]


def test_a_prepared_text_is_known_again(tmp_path: Path) -> None:
    (tmp_path / "ode.txt").write_text(prose(400))
    name = prepare(str(tmp_path / "ode.txt"), "char", 0.1, tmp_path / "home").meta.name
    found = looked_at(tmp_path, prose(400))
    assert (found.prepared_as, found.name) == (name, name)
    assert looked_at(tmp_path, prose(400), tokenizer="byte").prepared_as == ""


def test_every_tokenizer_is_tried(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "é" + prose(2_000), vocab_size=300)
    facts = {fact.kind: fact for fact in found.tokenizers}
    assert list(facts) == ["char", "byte", "bpe", "gpt2"]
    assert facts["char"].tokens == found.characters
    assert facts["byte"].tokens == found.bytes == found.characters + 1
    assert facts["bpe"].vocab_size <= 300
    assert facts["bpe"].characters_per_token > 1.5
    assert "not here" in facts["gpt2"].problem
    assert found.sample.startswith("é")


def test_bpe_is_not_learned_unasked_on_a_text_without_blanks(tmp_path: Path) -> None:
    genome = "".join(random.Random(1).choices("ACGT", k=20_000))
    found = looked_at(tmp_path, genome, vocab_size=300)
    bpe = {fact.kind: fact for fact in found.tokenizers}["bpe"]
    assert (bpe.vocab_size, bpe.problem) == (0, "Not tried: the text has hardly any blanks.")
    assert "bpe was not tried" in said(found, "info")
    asked = looked_at(tmp_path, genome, vocab_size=300, tokenizer="bpe")
    assert asked.vocab_size == 300
    assert "bpe was not tried" not in said(asked, "info")
    with_one = looked_at(tmp_path, prose(20_000) + genome[:9_000], vocab_size=300)
    assert {fact.kind: fact for fact in with_one.tokenizers}["bpe"].vocab_size == 300


def test_a_long_text_is_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = prose(20_000)
    exact = looked_at(tmp_path, text, tokenizer="bpe", vocab_size=300)
    monkeypatch.setattr(portion, "MOST", 20_000)
    monkeypatch.setattr(portion, "_RUN", 2_000)
    rough = looked_at(tmp_path, text, tokenizer="bpe", vocab_size=300)
    assert (exact.is_estimate, rough.is_estimate) == (False, True)
    assert rough.train_tokens == pytest.approx(exact.train_tokens, rel=0.05)
    assert rough.unigram_loss == pytest.approx(exact.unigram_loss, rel=0.1)
    assert rough.characters == exact.characters


def test_cleaning_is_tried_without_being_done(tmp_path: Path) -> None:
    text = prose(2_000) + "\n" + "Away!\r\n\r\n" * 9
    found = looked_at(tmp_path, text)
    facts = {fact.step: fact for fact in found.cleaning}
    assert (facts["line_ends"].is_on, facts["line_ends"].removed) == (False, 18)
    assert (facts["repeats"].is_on, facts["repeats"].removed) == (False, 8)
    assert "\r\n" in facts["line_ends"].before
    assert "\r" not in facts["line_ends"].after
    assert found.characters == len(text)
    on = looked_at(tmp_path, text, cleaning={"line_ends": True})
    done = {fact.step: fact for fact in on.cleaning}["line_ends"]
    assert (done.is_on, done.removed, on.characters) == (True, 18, len(text) - 18)


def cleaning_advice(*, removed: int, size: int, paragraphs: int) -> str:
    facts = tuple(
        CleaningFact(
            step=step, is_on=False, removed=removed, unit="", before="", after="", is_estimate=True
        )
        for step in ("line_ends", "control_characters", "repeats")
    )
    whole = analysis(bytes=size, cleaning=facts, overlap=0.0)
    lengths = replace(whole.paragraphs, count=paragraphs)
    told = advice(replace(whole, paragraphs=lengths), "char", lost=0)
    return "\n".join(one.text for one in told)


def test_what_was_counted_in_the_first_part_is_told_of_that_part() -> None:
    told = cleaning_advice(removed=300, size=10 * FIRST_PART, paragraphs=100_000)
    assert "300 line ends in the first 2 MB are not line feeds" in told
    assert "300 control characters in the first 2 MB" in told
    # 300 of the part's 10,000 paragraphs are 3 %.
    assert "300 paragraphs in the first 2 MB stood before" in told
    told = cleaning_advice(removed=150, size=10 * FIRST_PART, paragraphs=100_000)
    assert "stood before" not in told


def test_utf_8_that_is_read_as_something_else_is_warned_of(tmp_path: Path) -> None:
    assert "valid UTF-8" in said(
        looked_at(tmp_path, "é" + prose(400), encoding="latin-1"), "warning"
    )
    assert "valid UTF-8" not in said(looked_at(tmp_path, prose(400), encoding="latin-1"), "warning")
    (tmp_path / "ode.txt").write_bytes(("é" + prose(400)).encode("latin-1"))
    recipe = Recipe(sources=(str(tmp_path / "ode.txt"),), encoding="latin-1")
    assert "valid UTF-8" not in said(analyse(recipe, tmp_path / "home"), "warning")


def test_unusual_characters_are_listed(tmp_path: Path) -> None:
    found = looked_at(tmp_path, prose(400) + "½½†")
    assert [(one.character, one.count) for one in found.rare] == [("†", 1)]
    assert found.counts[0].character == " "
    assert "1 character occurs once" in said(found, "info")


def test_what_is_not_listed_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "_MOST_LISTED", 2)
    found = looked_at(tmp_path, prose(400) + "½†‡\ufffd")
    assert (len(found.rare), found.unusual, found.once) == (2, 4, 4)
    assert "4 characters occur once" in said(found, "info")
    assert "U+FFFD" in said(found, "warning")


def test_a_short_text_is_warned_of(tmp_path: Path) -> None:
    warned = said(looked_at(tmp_path, prose(100)), "warning")
    assert "by heart" in warned
    assert "validation part has" in warned
    assert "shorter than the block of" in warned


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("a" * 9_000 + prose(1_000), "One character, 'a', is"),
        (" " * 9_000 + prose(1_000), "One character, the blank, is"),
        (prose(1_000) + "эта песня " * 300, "mixes writing systems: Latin, Cyrillic"),
        (prose(1_000) + "\ufffd", "It holds U+FFFD"),
        (prose(1_000) * 3, "% of the validation part stands in the training part too"),
        (prose(1_000) + "".join(map(chr, range(0x4E00, 0x5300))), "make a large vocabulary"),
    ],
)
def test_what_is_odd_is_warned_of(text: str, warning: str, tmp_path: Path) -> None:
    assert warning in said(looked_at(tmp_path, text), "warning")


def test_presets_are_put_on_the_text(tmp_path: Path) -> None:
    found = looked_at(tmp_path, prose(30_000))
    usable = [fact for fact in found.presets if not fact.problem]

    def off(fact: PresetFact) -> float:
        return abs(math.log(fact.tokens_per_parameter / 20))

    assert min(usable, key=off).name in said(found, "info")
    for fact in usable:
        assert fact.tokens_per_parameter > 0
        assert fact.epochs > 0


def test_overlap_is_counted_across_a_split_by_file(tmp_path: Path) -> None:
    for name, text in (("1", prose(2_000)), ("2", prose(2_000)), ("3", prose(500, seed=2))):
        (tmp_path / f"{name}.txt").write_text(text)
    held = {
        name: analyse(
            Recipe.from_dict(
                {"sources": [str(tmp_path)], "split": "file", "held_out_file": f"{name}.txt"}
            ),
            tmp_path / "home",
        ).overlap
        for name in "23"
    }
    assert held["2"] == 1.0
    assert held["3"] < 0.01


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        looked_at(tmp_path, prose(100), val_fraction=0.9)


@pytest.mark.parametrize("tokenizer", ["char", "byte", "bpe"])
def test_a_text_too_short_to_prepare_is_refused(tokenizer: str, tmp_path: Path) -> None:
    for text in ("a", "ab"):
        with pytest.raises(DataError, match="too short"):
            looked_at(tmp_path, text, tokenizer=tokenizer, vocab_size=300)
