import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui import format as written


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, written.NOTHING),
        (0, "0"),
        (712, "712"),
        (999, "999"),
        (213_004, "213 k"),
        (999_600, "1.0 M"),
    ],
)
def test_counts_are_rounded_to_three_digits(number: int | None, text: str) -> None:
    assert written.count(number) == text


def test_parameters_read_as_people_say_them() -> None:
    assert written.count(10_700_000) == "10.7 M"
    assert written.count(124_439_808) == "124 M"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, written.NOTHING),
        (math.nan, written.NOTHING),
        (7, "0:07"),
        (312, "5:12"),
        (3599.6, "1:00:00"),
        (7512, "2:05:12"),
        (100 * 3600, "4 d 4 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert written.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "now"), (59, "now"), (540, "9 min"), (3700, "1 h"), (3e5, "3 d")]
)
def test_ages(seconds: float, text: str) -> None:
    assert written.age(seconds) == text


def test_one_of_many_things_is_no_plural() -> None:
    assert written.things(1, "line ends") == "1 line end"
    assert written.things(8725, "lines") == "8,725 lines"


@pytest.mark.parametrize(
    ("value", "text"),
    [(6.4e-5, "<0.001"), (0.00669, "0.0067"), (0.9, "0.9"), (5.47, "5.5"), (123.4, "123")],
)
def test_ratios_are_never_written_in_powers_of_ten(value: float, text: str) -> None:
    assert written.ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8712, "0.87"), (12.34, "12.3"), (2735.4, "2,735"), (1.2e7, "1.2e+07"), (0.0, "0.00")],
)
def test_small_numbers(value: float, text: str) -> None:
    assert written.small(value) == text


def test_a_loss_that_is_no_number_says_so() -> None:
    assert written.loss(None) == written.NOTHING
    assert written.loss(math.nan) == "nan"
    assert written.loss(math.inf) == "inf"
    assert written.loss(1.7423) == "1.742"


@pytest.mark.parametrize(
    ("number", "text"),
    [(12, "12 B"), (128_000_000, "128 MB"), (2_500, "2.5 kB"), (4e15, "4000 TB")],
)
def test_sizes(number: int, text: str) -> None:
    assert written.size(number) == text


def test_grouped_numbers() -> None:
    assert written.grouped(1840) == "1,840"
    assert written.grouped(math.nan) == written.NOTHING
    assert written.lr(4.1e-4) == "4.1e-04"


def test_escape_codes_of_a_model_are_seen_and_not_obeyed() -> None:
    assert written.visible("a\x1b[31mb\x07\x7f\x9b") == "a␛[31mb␇␡�"
    assert written.visible("a\tb\nc") == "a b\nc"
    assert written.one_line("a\nb") == "a↵b"


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = written.visible(text)
    assert len(shown) == len(text)
    left = {unicodedata.category(character) for character in shown.replace("\n", "")}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}
