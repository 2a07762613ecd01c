"""Text from elsewhere on its way to a screen: file contents, names, what programs print."""

from __future__ import annotations


def visible(text: str) -> str:
    """Write what is not printed as an escape, so that it steers no terminal; lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in text)


def _escape(character: str) -> str:
    # Tabs would move columns, but are nothing to wonder about.
    return "  " if character == "\t" else ascii(character)[1:-1]
