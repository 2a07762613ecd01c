import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.errors import (
    DataError,
    EnvironmentNotReady,
    Interrupted,
    NotSupported,
    TtgptError,
    UsageError,
    nearest,
)

EXIT_CODES = {
    TtgptError: 1,
    UsageError: 2,
    EnvironmentNotReady: 3,
    DataError: 4,
    Interrupted: 5,
    NotSupported: 7,
}


def test_every_error_has_its_own_exit_code() -> None:
    kinds = (TtgptError, *TtgptError.__subclasses__())
    assert {kind: kind.exit_code for kind in kinds if "exit_code" in vars(kind)} == EXIT_CODES


def test_an_error_reads_as_three_lines() -> None:
    assert str(DataError("What.", "Why.", "Next.")) == "What.\nWhy.\nNext."
    assert str(DataError("What.", next_step="Next.")) == "What.\nNext."


@given(st.sampled_from(list(EXIT_CODES)), st.text(), st.text(), st.text())
def test_an_error_survives_the_socket(
    kind: type[TtgptError], what: str, why: str, next_step: str
) -> None:
    error = TtgptError.from_dict(kind(what, why, next_step).to_dict())
    assert type(error) is kind
    assert (error.what, error.why, error.next_step) == (what, why, next_step)


def test_an_error_of_a_newer_version_is_still_read() -> None:
    error = TtgptError.from_dict({"what": "New.", "exit_code": 99, "colour": "red"})
    assert type(error) is TtgptError
    assert str(error) == "New."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("max_step", "max_steps"), ("epoch", "epochs"), ("batchsize", "batch_size")],
)
def test_a_typo_is_answered_with_the_nearest_name(typed: str, meant: str) -> None:
    assert nearest(typed, {"max_steps", "epochs", "batch_size"}) == f"Did you mean {meant}?"


def test_a_word_like_no_other_is_answered_with_all_names() -> None:
    assert nearest("qqq", ["b", "a"]) == "Known: a, b."


@given(st.text(), st.sets(st.text(alphabet="abcdef_", min_size=1), min_size=1))
def test_nearest_names_only_what_is_known(typed: str, known: set[str]) -> None:
    match = re.fullmatch(r"Did you mean (.*)\?|Known: (.*)\.", nearest(typed, known))
    assert match is not None
    assert set((match[1] or match[2]).split(", ")) <= known
