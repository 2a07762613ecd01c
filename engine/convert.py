"""Turn what a person or a file gave into a dataclass's declared types, or say what is wrong.

YAML reads `3e-4` as text and `on` as true, and the command line gives text only, so the declared
type decides, not the type that arrived.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
import typing
from collections.abc import Sequence
from typing import Any, Literal, TypeVar, Union

from .errors import UsageError, nearest

T = TypeVar("T")

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_NONE = {"", "none", "null", "~"}
_BETWEEN = " | "
BAR = r"\|"
_ESCAPES = {r"\n": "\n", r"\t": "\t", BAR: "|", r"\\": "\\"}
_ESCAPED = re.compile(r"\\[nt|\\]")
_LONGEST = 80
"""Characters of a value that an error repeats."""
_DIGITS = re.compile(r"\s*[+-]?[0-9]+\s*")


def build(kind: type[T], raw: Any, where: str) -> T:
    """Make a dataclass from a mapping.

    Args:
        kind: The dataclass; its own checks (`__post_init__`) run too.
        raw: Names to values, as read from YAML, JSON or a command line.
        where: What to call this part in an error, such as `train`; empty for the outermost.

    Raises:
        UsageError: A key is unknown, a value has the wrong type, or a check fails.
    """
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise UsageError(
            f"{where or 'The configuration'} is {shown(raw)}.",
            "A mapping of names to values is needed.",
            f"Indent its keys under {where}:." if where else "Write one `name: value` a line.",
        )
    return kind(**convert_fields(kind, raw, where))


def convert_fields(kind: type[Any], raw: dict[Any, Any], where: str) -> dict[str, Any]:
    """Convert each value by its field's declared type; see `build`."""
    hints, within = field_types(kind), f"{where}." if where else ""
    values = {}
    for name, value in raw.items():
        if name not in hints:
            text = named(name)
            raise UsageError(
                f"Unknown key {within}{text}.",
                f"{where or 'The configuration'} has no such setting.",
                nearest(text, hints),
            )
        values[name] = convert(value, hints[name], f"{within}{name}")
    required = [
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    for name in required:
        if name not in values:
            raise UsageError(
                f"{within}{name} is missing.",
                "It has no default.",
                f"Give {within}{name} a value.",
            )
    return values


def field_types(kind: type[Any]) -> dict[str, Any]:
    """Give the declared type of each field of a dataclass."""
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind)}


def convert(value: Any, declared: Any, where: str) -> Any:
    """Convert one value.

    Raises:
        UsageError: The value does not read as the declared type.
    """
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin in (Union, types.UnionType):
        if value is None or (isinstance(value, str) and value.strip().lower() in _NONE):
            return None
        (inner,) = [a for a in arguments if a is not type(None)]
        return convert(value, inner, where)
    if origin is Literal:
        return _one_of(value, arguments, where)
    if origin is tuple:
        return _sequence(value, arguments[0], where)
    if origin is dict:
        return _mapping(value, arguments[1], where)
    if dataclasses.is_dataclass(declared) and isinstance(declared, type):
        return build(declared, value, where)
    readers = {bool: _bool, int: _int, float: _float, str: _str}
    return readers[declared](value, where) if declared in readers else value


def _one_of(value: Any, choices: tuple[Any, ...], where: str) -> Any:
    # YAML turns an unquoted `off` into false; the word was meant.
    word = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
    if word not in choices:
        names = [str(choice) for choice in choices]
        raise UsageError(
            f"{where} is {shown(value)}.",
            f"It must be one of: {', '.join(names)}.",
            nearest(named(word), names),
        )
    return word


def _sequence(value: Any, item_type: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, str) and item_type is str:
        value = _listed(value)
    elif isinstance(value, str):
        inner = value.strip().removeprefix("[").removesuffix("]")
        value = inner.replace(",", " ").split()
    if isinstance(value, (str, int, float)):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise _wrong(value, "a list", where)
    return tuple(convert(item, item_type, where) for item in value)


def _mapping(value: Any, item_type: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(value, "names with values", where)
    return {str(name): convert(item, item_type, f"{where}.{name}") for name, item in value.items()}


def unescaped(text: str) -> str:
    r"""Put in what is hard to type on a line: \n, \t, \| and \\; other backslashes stay."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


def escaped(text: str) -> str:
    """Write a text so that `unescaped` gives it back, on one line."""
    for escape, character in reversed(_ESCAPES.items()):  # the backslash first
        if escape != BAR:
            text = text.replace(character, escape)
    return text


def written_texts(texts: Sequence[str]) -> str:
    r"""Write several texts as one that is read as the same again: `ROMEO:\n | JULIET:\n`."""
    text = _BETWEEN.join(escaped(one).replace("|", BAR) for one in texts)
    return text if _listed(text) == list(texts) else json.dumps(list(texts), ensure_ascii=False)


def _listed(text: str) -> Any:
    """Read several texts given as one: parted by ` | `, or a list in JSON."""
    if text.startswith("[") and text.endswith("]"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    # A bar between two stands after a space: never is it one that a backslash makes a character.
    return [unescaped(part) for part in text.split(_BETWEEN)]


def _bool(value: Any, where: str) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _wrong(value, "yes or no", where)


def _int(value: Any, where: str) -> int:
    if not isinstance(value, bool):
        try:
            if isinstance(value, str):
                value = value.replace("_", "").replace(",", "")
            if isinstance(value, int) or (isinstance(value, str) and _DIGITS.fullmatch(value)):
                return int(value)  # not by way of a float, which holds 53 bits
            number = float(value)
            if number.is_integer():
                return int(number)
        except (TypeError, ValueError, OverflowError):
            pass
    raise _wrong(value, "a whole number", where)


def _float(value: Any, where: str) -> float:
    if not isinstance(value, bool):
        try:
            number = float(value)
            if math.isfinite(number):
                return number
        except (TypeError, ValueError, OverflowError):
            pass
    raise _wrong(value, "a number", where)


def _str(value: Any, where: str) -> str:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise _wrong(value, "text", where)


def shown(value: Any) -> str:
    """Write a value for an error, whatever it is: what is long or deep is cut."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes neither endless digits nor endless lists
        return f"a {type(value).__name__} too large to write"
    return cut(text)


def named(value: Any) -> str:
    """Write a key or a word for an error: text without quotes, all else as `shown`."""
    return cut(value) if isinstance(value, str) else shown(value)


def cut(text: str) -> str:
    """Cut a text that an error repeats."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _wrong(value: Any, wanted: str, where: str) -> UsageError:
    return UsageError(
        f"{where} is {shown(value)}.", f"It must be {wanted}.", f"Give {where} {wanted}."
    )
