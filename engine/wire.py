"""One JSON object a line: the form in which events and commands cross between processes."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


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
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {error}", line) from error
    if not isinstance(value, dict):
        raise DecodeError("not a JSON object", line)
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
