"""Strategies for whatever can cross between processes as JSON."""

from __future__ import annotations

import dataclasses
import math
import typing
from typing import Any

from hypothesis import strategies as st

any_text = st.text(st.characters())
"""Halves of surrogate pairs included: a model's bytes may decode to one."""

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | any_text
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(any_text, json_values, max_size=4)

_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    float: st.floats(-1e100, 1e100)
    | st.sampled_from([math.nan, math.inf, -math.inf])
    | st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    str: any_text,
    Any: json_values,
    tuple[int, ...]: st.lists(st.integers(), max_size=3).map(tuple),
    dict[str, Any]: objects,
    dict[str, str]: st.dictionaries(any_text, any_text, max_size=3),
    list[dict[str, Any]]: st.lists(objects, max_size=3),
}


def instances(kind: type[Any], **by_name: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a dataclass with any values of its fields' types."""
    hints = typing.get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind) if f.name not in by_name]
    return st.builds(kind, **{name: _BY_TYPE[hints[name]] for name in names}, **by_name)


def fields_of(value: Any) -> dict[str, Any]:
    """Give a dataclass's fields, with every number that is not finite made equal to itself."""
    return {f.name: _comparable(getattr(value, f.name)) for f in dataclasses.fields(value)}


def _comparable(value: Any) -> Any:
    return "NaN" if isinstance(value, float) and not math.isfinite(value) else value
