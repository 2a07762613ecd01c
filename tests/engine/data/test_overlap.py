import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data import overlap as module
from ttgpt.engine.data.overlap import WINDOW, overlap
from ttgpt.engine.data.paragraphs import paragraphs
from ttgpt.engine.data.segments import SEPARATOR


def share(train: str, val: str) -> float:
    return overlap([memoryview(train.encode())], [memoryview(val.encode())]).share


def slow(train: str, val: str) -> float:
    windows = [val[i : i + WINDOW] for i in range(len(val) - WINDOW + 1)]
    return sum(window in train for window in windows) / len(windows) if windows else 0.0


verse = st.text("ab é漢", min_size=40, max_size=70)


@given(st.lists(verse, min_size=1, max_size=4), st.lists(st.integers(0, 3), max_size=3), verse)
def test_as_many_windows_are_found_as_by_looking(
    parts: list[str], again: list[int], fresh: str
) -> None:
    train = "".join(parts)
    val = fresh + "".join(parts[at % len(parts)] for at in again)
    assert share(train, val) == slow(train, val)


def test_a_copy_is_found_across_pieces() -> None:
    text = "".join(random.Random(1).choices("abcdefg", k=400))
    pieces = [memoryview(text[i : i + 7].encode()) for i in range(0, 400, 7)]
    assert overlap(pieces, [memoryview(text[100:300].encode())]).share == 1.0
    assert overlap(pieces, [memoryview(text[::-1].encode())]).share == 0.0


def test_parts_shorter_than_a_window_share_nothing() -> None:
    assert share("a" * 49, "a" * 100) == 0.0
    assert share("a" * 100, "a" * 49) == 0.0
    assert share("", "") == 0.0


def test_of_many_windows_some_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    train = "".join(random.Random(2).choices("abcdefg", k=600))
    pieces, val = [memoryview(train.encode())], [memoryview((train[:300] + "!" * 300).encode())]
    whole = overlap(pieces, val)
    monkeypatch.setattr(module, "_MOST", 60)
    some = overlap(pieces, val)
    assert (whole.is_estimate, some.is_estimate) == (False, True)
    assert abs(whole.share - some.share) < 0.05


def test_paragraphs_are_what_stands_between_blank_lines() -> None:
    text = "one\n\n  two lines\nof it  \n \n\nthree\r\n\r\n" + "x" * 100
    found = paragraphs([memoryview(text[:9].encode()), memoryview(text[9:].encode())])
    assert (found.count, found.longest, found.median) == (4, 100, 10)
    assert [(one.low, one.high, one.count) for one in found.histogram if one.count] == [
        (0, 8, 2),
        (8, 16, 1),
        (64, 128, 1),
    ]
    assert paragraphs([memoryview(b" \n\n ")]).count == 0


@given(st.text(alphabet="ab \n\t\r", max_size=60))
def test_paragraphs_are_those_that_cleaning_sees(text: str) -> None:
    lengths = [len(one.strip()) for one in SEPARATOR.split(text) if one.strip()]
    found = paragraphs([memoryview(text.encode())])
    assert (found.count, found.longest) == (len(lengths), max(lengths, default=0))
