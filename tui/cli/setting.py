"""A setting on the command line: `section.name=value`."""

from __future__ import annotations

from ttgpt.engine.errors import UsageError


def read_setting(pair: str) -> tuple[str, str]:
    """Read a name and its value, which may hold equals signs of its own.

    Raises:
        UsageError: It is no such pair.
    """
    name, equals, value = pair.partition("=")
    if not equals or not name.strip():
        raise UsageError(
            f"{pair!r} is not a setting.",
            "A setting is written section.name=value.",
            "For example: train.max_steps=200",
        )
    return name.strip(), value
