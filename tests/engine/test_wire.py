import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_values import objects

from ttgpt.engine import wire


@given(objects)
def test_an_object_is_one_line_and_is_read_back(fields: dict[str, Any]) -> None:
    line = wire.to_line(fields)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert b"\r" not in line
    assert wire.from_line(line) == fields


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_becomes_null_at_any_depth(number: float) -> None:
    line = wire.to_line({"a": number, "b": [number, {"c": (number,)}], "d": 1.5})
    assert wire.from_line(line) == {"a": None, "b": [None, {"c": [None]}], "d": 1.5}


def test_text_travels_unescaped() -> None:
    assert wire.to_line({"text": "naïve “π”"}) == '{"text":"naïve “π”"}\n'.encode()


@given(st.binary())
def test_any_bytes_give_an_object_or_a_decode_error(line: bytes) -> None:
    with contextlib.suppress(wire.DecodeError):
        assert isinstance(wire.from_line(line), dict)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not JSON"),
        (b'{"a":', "not JSON"),
        (b'{"a":"\xff"}', "not JSON"),
        (b"\0" * 40, "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
    ],
)
def test_a_damaged_line_is_said_to_be_damaged(line: bytes, reason: str) -> None:
    with pytest.raises(wire.DecodeError, match=reason) as caught:
        wire.from_line(line)
    assert caught.value.line == line
