"""Texts of a small model: continued, changed in mid-stream, stopped, explained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_torch import BLOCK, VOCAB, small_session
from texts import build

from ttgpt.engine.commands import Generate, Inspect
from ttgpt.engine.data.tokenizer import BpeTokenizer, CharTokenizer
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.sampling.explanation import explain
from ttgpt.engine.sampling.generation import Generation, from_command
from ttgpt.engine.sampling.sample_text import LENGTH, DrawnToken, SampleText
from ttgpt.engine.sampling.sampler import SamplingConfig, new_rng

CHARACTERS = "".join(map(chr, range(65, 65 + VOCAB)))
TOKENIZER = CharTokenizer(CHARACTERS)
WILD = Generate("ABC", temperature=3.0, top_k=0, seed=5, max_new_tokens=4 * BLOCK)


@pytest.fixture(scope="module")
def session() -> Any:
    return small_session()


def begin(session: Any, command: Generate) -> Generation:
    return from_command(session, TOKENIZER, command, command.seed, BLOCK)


def drawn(generation: Generation, sample: int = 0) -> list[DrawnToken]:
    return [t for item in generation.tokens() if (t := item[sample]) is not None]


@pytest.mark.parametrize("cut", [1, BLOCK - 3, BLOCK - 2, BLOCK, 2 * BLOCK + 1])
def test_a_text_goes_on_as_if_it_had_never_ended(session: Any, cut: int) -> None:
    whole = drawn(begin(session, WILD))
    ids = tuple(token.id for token in whole[:cut])
    rest = replace(WILD, ids=ids, max_new_tokens=WILD.max_new_tokens - cut)
    assert [t.id for t in drawn(begin(session, rest))] == [t.id for t in whole[cut:]]


@pytest.mark.parametrize("turned_at", [1, 7, BLOCK + 4])
def test_turning_a_value_equals_starting_there_with_the_new_one(
    session: Any, turned_at: int
) -> None:
    turned = SamplingConfig(0.7, 5, 0.9, 1.3)
    generation = begin(session, WILD)
    ids: list[int] = []
    for (token,) in generation.tokens():
        assert token is not None
        ids.append(token.id)
        if len(ids) == turned_at:
            generation.sampling = turned
    again = replace(
        WILD,
        ids=tuple(ids[:turned_at]),
        max_new_tokens=WILD.max_new_tokens - turned_at,
        temperature=0.7,
        top_k=5,
        top_p=0.9,
        repetition_penalty=1.3,
    )
    assert [t.id for t in drawn(begin(session, again))] == ids[turned_at:]


def test_a_token_is_given_before_the_model_reads_it(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder, read = session.decoder(np.zeros((1, 1), np.int64)), list[Any]()
    monkeypatch.setattr(decoder, "append", read.append)
    monkeypatch.setattr(session, "decoder", lambda ids: decoder)
    tokens = begin(session, WILD).tokens()
    [first] = next(tokens)
    assert first is not None
    assert read == []
    next(tokens)
    assert read == [[first.id]]


def test_samples_count_their_seeds_up(session: Any) -> None:
    several = begin(session, replace(WILD, num_samples=3))
    list(several.tokens())
    for number, text in enumerate(several.texts):
        one = begin(session, replace(WILD, seed=WILD.seed + number))
        list(one.tokens())
        assert one.texts == [text]


def test_a_sample_ends_with_its_stop_text_and_the_others_go_on(session: Any) -> None:
    plain = begin(session, replace(WILD, num_samples=2))
    list(plain.tokens())
    first, second = plain.texts
    stop = next(
        first[i : i + 2] for i in range(len(first)) if first[i : i + 2] not in second and i > 3
    )
    stopped = begin(session, replace(WILD, num_samples=2, stop=stop))
    list(stopped.tokens())
    assert stopped.texts == [first[: first.index(stop) + 2], second]
    assert [sample.ended for sample in stopped.samples] == ["stop", "length"]


@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_a_stop_text_of_any_length_is_found_where_the_text_begins(
    session: Any, length: int
) -> None:
    begun = begin(session, WILD)
    list(begun.tokens())
    stop = begun.texts[0][:length]
    stopped = begin(session, replace(WILD, stop=stop))
    list(stopped.tokens())
    assert stopped.texts == [stop]


@pytest.mark.parametrize(
    ("stop", "text", "ended"),
    [
        ("?", "!🙂?", "stop"),
        ("!", "!", "stop"),
        ("🙂", "!🙂", "stop"),
        ("?🙂", "!🙂?🙂", "stop"),
        ("z", "!🙂?🙂", "length"),
        ("", "!🙂?🙂", "length"),
    ],
)
def test_a_text_ends_right_after_its_stop_text_and_never_inside_a_character(
    stop: str, text: str, ended: str
) -> None:
    tokenizer = build("bpe", "!🙂?🙂 " * 9)
    assert isinstance(tokenizer, BpeTokenizer)
    whole, first_byte = tokenizer.encode("!🙂?🙂"), tokenizer.encode("ж")[:1]
    assert len(whole) == 1  # one token holds all of it: the stop text is in its middle
    sample = SampleText(tokenizer, new_rng(1), stop, [], 0)
    tokens = iter([*whole, *first_byte])
    shown = ""
    while not sample.ended:
        drawn = next(tokens, None)
        if drawn is None:
            sample.end(LENGTH)
            break
        logits = np.zeros(tokenizer.vocab_size)
        logits[drawn] = 9.0
        shown += sample.draw(logits, SamplingConfig(0.0)).text
    assert (sample.text, sample.ended) == (text, ended)
    assert shown == text


def test_a_stop_text_may_begin_before_the_text_was_continued(session: Any) -> None:
    whole = drawn(begin(session, WILD))
    text = "".join(token.text for token in whole)
    cut, end = 10, 12
    stop = text[cut - 3 : end]
    assert text.index(stop) == cut - 3
    ids = tuple(token.id for token in whole[:cut])
    rest = replace(WILD, ids=ids, stop=stop, max_new_tokens=WILD.max_new_tokens - cut)
    continued = begin(session, rest)
    list(continued.tokens())
    assert continued.texts == [text[cut:end]]
    assert continued.samples[0].ended == "stop"


def test_surprise_is_of_the_model_alone(session: Any) -> None:
    (token, *_) = drawn(begin(session, replace(WILD, temperature=0.5, top_k=2)))
    logits = session.decoder(np.array([TOKENIZER.encode("ABC")])).logits()[0].astype(np.float64)
    chances = np.exp(logits) / np.exp(logits).sum()
    assert token.surprise == pytest.approx(-np.log(chances[token.id]), rel=1e-5)


def test_an_id_outside_the_vocabulary_is_refused(session: Any) -> None:
    with pytest.raises(DataError, match="Token 99"):
        begin(session, replace(WILD, ids=(99,)))
    with pytest.raises(DataError, match="Token 99"):
        explain(session, TOKENIZER, BLOCK, Inspect("ABC", ids=(99,)))


def test_a_prompt_longer_than_the_block_writes(session: Any) -> None:
    generation = begin(session, replace(WILD, prompt="ABC" * BLOCK, max_new_tokens=5))
    assert len(drawn(generation)) == 5


def test_a_prompt_of_nothing_known_is_named(session: Any) -> None:
    with pytest.raises(UsageError, match=r"U\+00E9"):
        begin(session, replace(WILD, prompt="é"))


def look(session: Any, **changes: Any) -> dict[str, Any]:
    command = Inspect("ABC", temperature=1.0, top_k=0, top_p=1.0, count=5)
    return explain(session, TOKENIZER, BLOCK, replace(command, **changes))


def test_what_was_cut_is_named_by_what_cut_it(session: Any) -> None:
    assert [t["cut"] for t in look(session, top_k=2)["tokens"]] == ["", "", *["top_k"] * 3]
    both = look(session, top_k=4, top_p=0.0)["tokens"]
    assert [t["cut"] for t in both] == ["", *["top_p"] * 3, "top_k"]
    assert [t["cut"] for t in look(session, temperature=0.0)["tokens"]] == [
        "",
        *["temperature"] * 4,
    ]
    assert look(session, top_k=2)["kept"] == 2


def test_entropy_falls_with_the_temperature(session: Any) -> None:
    plain, cold = look(session), look(session, temperature=0.5)
    assert plain["entropy"] == pytest.approx(plain["entropy_after"])
    assert cold["entropy"] == plain["entropy"] > cold["entropy_after"]
    assert look(session, temperature=0.0)["entropy_after"] == 0


def test_the_drawn_token_is_told_of_however_unlikely(session: Any) -> None:
    everything = look(session, count=VOCAB)["tokens"]
    last = everything[-1]["id"]
    assert look(session, drawn=last)["tokens"][-1]["id"] == last
    assert len(look(session, drawn=last)["tokens"]) == 5


def test_inside_a_long_text_it_sees_what_the_writer_saw(session: Any) -> None:
    generation = begin(session, WILD)
    tokens = drawn(generation)
    place = 2 * BLOCK
    ids = tuple(t.id for t in tokens[:place])
    found = look(session, ids=ids, drawn=tokens[place].id, count=VOCAB)
    assert found["seen"] < BLOCK
    (chance,) = [t["before"] for t in found["tokens"] if t["id"] == tokens[place].id]
    assert -np.log(chance) == pytest.approx(tokens[place].surprise, rel=1e-4)
