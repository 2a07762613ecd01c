"""One JSON object a line: the form in which events and commands cross between processes."""

from __future__ import annotations

import json
import math
import re
from typing import Any

LONGEST_LINE = 1 << 24
"""Bytes; what is longer is no line of this program's."""

_HALF = re.compile("[\ud800-\udfff]")
_DEEPEST = 64
"""Lists and objects within one another."""


class DecodeError(ValueError):
    """A line that is not what it should be; carries the line itself."""

    def __init__(self, reason: str, line: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def to_line(fields: dict[str, Any]) -> bytes:
    """Encode one object as a line. Not-finite numbers become null: JSON has no name for them."""
    text = json.dumps(_finite(fields), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return utf8(text) + b"\n"


def utf8(document: str) -> bytes:
    r"""Encode a JSON text; halves of characters, as in a path that is not UTF-8, become \udcff."""
    return _HALF.sub(lambda half: ascii(half[0])[1:-1], document).encode("utf-8")


def from_line(line: bytes) -> dict[str, Any]:
    """Decode one line.

    Raises:
        DecodeError: The line is not a JSON object in UTF-8.
    """
    value = parse(line)
    if not isinstance(value, dict):
        raise DecodeError("not a JSON object", line)
    return value


def parse(text: bytes) -> Any:
    """Decode a JSON document that anybody may have written.

    Raises:
        DecodeError: It is not JSON, or nested more deeply than anything here ever is.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise DecodeError("not JSON: nested too deeply", text) from error
    except ValueError as error:
        raise DecodeError(f"not JSON: {error}", text) from error
    if _is_deeper(value, _DEEPEST):  # it would end whoever copies or prints it
        raise DecodeError("not JSON: nested too deeply", text)
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
