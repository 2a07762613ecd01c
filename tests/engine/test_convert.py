import contextlib
import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_values import json_values

from ttgpt.engine.convert import build, convert, field_types, shown
from ttgpt.engine.errors import UsageError

Marker = Literal["braille", "block", "off"]


@dataclass(frozen=True, kw_only=True)
class Inner:
    width: int = 1


@dataclass(frozen=True, kw_only=True)
class Shape:
    n_layer: int
    lr: float = 1e-3
    bias: bool = False
    marker: Marker = "braille"
    patience: int | None = None
    milestones: tuple[int, ...] = ()
    prompts: tuple[str, ...] = ("\n",)
    inner: Inner = field(default_factory=Inner)
    free: Any = None


@pytest.mark.parametrize(
    ("value", "declared", "expected"),
    [
        ("3e-4", float, 3e-4),
        (3, float, 3.0),
        (" 1_000.5 ", float, 1000.5),
        ("200", int, 200),
        ("20_000", int, 20_000),
        ("20,000", int, 20_000),
        (2e4, int, 20_000),
        ("2e4", int, 20_000),
        ("9007199254740993", int, 2**53 + 1),
        (True, bool, True),
        ("on", bool, True),
        ("Yes", bool, True),
        (1, bool, True),
        ("off", bool, False),
        ("no", bool, False),
        ("0", bool, False),
        ("none", int | None, None),
        ("Null", int | None, None),
        ("", int | None, None),
        ("~", int | None, None),
        (None, int | None, None),
        ("8", int | None, 8),
        ("off", Marker, "off"),
        (False, Marker, "off"),
        ("block", Marker, "block"),
        ([1000, "3000"], tuple[int, ...], (1000, 3000)),
        ("1000, 3000", tuple[int, ...], (1000, 3000)),
        ("1000 3000", tuple[int, ...], (1000, 3000)),
        ("[100,300]", tuple[int, ...], (100, 300)),
        ("[]", tuple[int, ...], ()),
        (r"ROMEO:\n | JULIET:\n", tuple[str, ...], ("ROMEO:\n", "JULIET:\n")),
        (r"a\|b\t\\n|c\d", tuple[str, ...], ("a|b\t\\n|c\\d",)),
        ('["a | b", "c"]', tuple[str, ...], ("a | b", "c")),
        (1000, tuple[int, ...], (1000,)),
        ("", tuple[int, ...], ()),
        ("ROMEO: a, b", tuple[str, ...], ("ROMEO: a, b",)),
        (["a b", 7], tuple[str, ...], ("a b", "7")),
        (1606, str, "1606"),
        ({"a": 1}, Any, {"a": 1}),
        ({"width": "3"}, Inner, Inner(width=3)),
    ],
)
def test_the_declared_type_decides(value: Any, declared: Any, expected: Any) -> None:
    found = convert(value, declared, "x")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "declared", "wanted"),
    [
        ("many", int, "a whole number"),
        (1.5, int, "a whole number"),
        ("1e999", int, "a whole number"),
        (True, int, "a whole number"),
        (None, int, "a whole number"),
        ([], int, "a whole number"),
        ("fast", float, "a number"),
        ("nan", float, "a number"),
        (math.inf, float, "a number"),
        pytest.param(10**400, float, "a number", id="huge"),
        (False, float, "a number"),
        ("perhaps", bool, "yes or no"),
        (2, bool, "yes or no"),
        (None, bool, "yes or no"),
        (True, str, "text"),
        (None, str, "text"),
        (["a"], str, "text"),
        ({}, tuple[int, ...], "a list"),
        (None, tuple[int, ...], "a list"),
    ],
)
def test_what_does_not_read_as_the_type_is_refused(value: Any, declared: Any, wanted: str) -> None:
    with pytest.raises(UsageError) as caught:
        convert(value, declared, "train.x")
    assert caught.value.what == f"train.x is {shown(value)}."
    assert caught.value.why == f"It must be {wanted}."
    assert caught.value.next_step == f"Give train.x {wanted}."


def test_a_wrong_item_of_a_list_is_named() -> None:
    with pytest.raises(UsageError, match=r"x is 'b'\.\nIt must be a whole number"):
        convert([1, "b"], tuple[int, ...], "x")


@pytest.mark.parametrize("value", ["brail", True, None, 3, ["off"]])
def test_a_word_that_is_no_choice_is_answered_with_the_choices(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        convert(value, Marker, "marker")
    assert caught.value.why == "It must be one of: braille, block, off."


def test_a_mistyped_choice_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean braille\?"):
        convert("brail", Marker, "marker")


def test_a_mistyped_key_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        build(Shape, {"n_layr": 3}, "model")
    assert caught.value.what == "Unknown key model.n_layr."
    assert caught.value.next_step == "Did you mean n_layer?"


def test_a_nested_error_says_where() -> None:
    with pytest.raises(UsageError, match=r"model\.inner\.width is 'x'"):
        build(Shape, {"n_layer": 1, "inner": {"width": "x"}}, "model")
    with pytest.raises(UsageError, match=r"Unknown key model\.inner\.widht"):
        build(Shape, {"n_layer": 1, "inner": {"widht": 1}}, "model")


def test_the_outermost_part_may_have_no_name() -> None:
    with pytest.raises(UsageError, match=r"^inner\.width is 'x'"):
        build(Shape, {"n_layer": 1, "inner": {"width": "x"}}, "")
    with pytest.raises(UsageError, match=r"^n_layer is missing"):
        build(Shape, {}, "")


def test_a_missing_key_without_a_default_is_named() -> None:
    with pytest.raises(UsageError, match=r"model\.n_layer is missing"):
        build(Shape, None, "model")


@pytest.mark.parametrize("raw", ["n_layer: 3", [1], 3, False])
def test_what_is_not_a_mapping_is_refused(raw: Any) -> None:
    with pytest.raises(UsageError, match="A mapping of names to values is needed"):
        build(Shape, raw, "model")


@pytest.mark.parametrize("key", [None, 3, True, ("a", 1)])
def test_a_key_that_is_no_text_is_unknown(key: Any) -> None:
    with pytest.raises(UsageError, match="Unknown key"):
        build(Shape, {"n_layer": 1, key: 1}, "model")


@given(
    st.builds(
        Shape,
        n_layer=st.integers(),
        lr=st.floats(allow_nan=False, allow_infinity=False),
        patience=st.none() | st.integers(),
        milestones=st.lists(st.integers()).map(tuple),
        prompts=st.lists(st.text(st.characters())).map(tuple),
    )
)
def test_plain_values_build_the_same_again(shape: Shape) -> None:
    assert build(Shape, dataclasses.asdict(shape), "model") == shape
    as_text = {
        "n_layer": str(shape.n_layer),
        "lr": repr(shape.lr),
        "bias": str(shape.bias),
        "patience": str(shape.patience),
        "milestones": ",".join(map(str, shape.milestones)),
    }
    assert build(Shape, {**dataclasses.asdict(shape), **as_text}, "model") == shape


DECLARED = [*field_types(Shape).values(), str, float | None]


@given(
    json_values | st.floats() | st.integers().map(lambda n: n * 10**330), st.sampled_from(DECLARED)
)
def test_any_value_converts_or_is_a_usage_error(value: Any, declared: Any) -> None:
    with contextlib.suppress(UsageError):
        convert(value, declared, "x")
