"""The bundled text: made for learning from, so its form is promised."""

import itertools
import re
from collections import Counter
from importlib import resources

import pytest

HEAD = re.compile(r"(ACT|SCENE) [A-Z]+\.")
SPEAKER = re.compile(r"[A-Z][A-Z .'-]*:")
DIRECTION = re.compile(r"\[[^\[\]]+\]")


@pytest.fixture(scope="module")
def text() -> str:
    return resources.files("ttgpt.assets").joinpath("harbour.txt").read_bytes().decode("ascii")


def test_it_is_long_enough(text: str) -> None:
    assert len(text) >= 150_000


def test_it_holds_plain_characters_only(text: str) -> None:
    assert {c for c in text if not (" " <= c <= "~" or c == "\n")} == set()


def test_no_line_ends_in_a_blank_and_the_text_ends_with_a_line(text: str) -> None:
    assert not re.search(r" $", text, re.MULTILINE)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text


def test_it_is_dialogue(text: str) -> None:
    blocks = text.strip("\n").split("\n\n")
    speeches = [block for block in blocks if SPEAKER.fullmatch(block.partition("\n")[0])]
    assert all("\n" in speech for speech in speeches), "a name without a line"
    assert len(speeches) > 0.8 * len(blocks)
    speakers = Counter(speech.partition("\n")[0] for speech in speeches)
    assert len(speakers) >= 5
    assert speakers["MARTHA:"] >= 20  # the demo's prompt


def test_a_name_with_a_colon_stands_only_at_the_head_of_a_speech(text: str) -> None:
    lines = text.split("\n")
    inside = [
        line for before, line in itertools.pairwise(lines) if before and SPEAKER.fullmatch(line)
    ]
    assert inside == []


def test_what_is_no_speech_is_a_title_a_head_or_a_direction(text: str) -> None:
    for block in text.strip("\n").split("\n\n"):
        first = block.partition("\n")[0]
        assert (
            SPEAKER.fullmatch(first)
            or HEAD.match(first)
            or DIRECTION.fullmatch(block.replace("\n", " "))
            or re.fullmatch(r"[A-Z ,'.-]+", block)
        ), block


def test_no_line_is_repeated_more_than_a_dozen_times(text: str) -> None:
    counted = Counter(
        line
        for line in text.split("\n")
        if line and not HEAD.match(line) and not SPEAKER.fullmatch(line)
    )
    assert {line: n for line, n in counted.items() if n > 12} == {}
