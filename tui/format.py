"""Numbers and text as the screen writes them: pure functions, fixed widths where figures count."""

from __future__ import annotations

import math
import unicodedata

NOTHING = "\N{EN DASH}"
"""Stands where a value is not known."""


def loss(value: float | None, digits: int = 3) -> str:
    """Write a loss in nats: 1.742; one that is not finite is written as nan or inf."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def count(number: int | None) -> str:
    """Write how many, rounded, as of parameters: 712, 213 k, 10.7 M."""
    if number is None:
        return NOTHING
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= 0.9995 * limit:
            return f"{_three_digits(number / limit)}{unit}"
    return str(number)


def grouped(number: float | None) -> str:
    """Write a whole number with its thousands apart: 1,840."""
    return NOTHING if _missing(number) else f"{number:,.0f}"


def things(number: int, what: str) -> str:
    """Write how many of something: 1 line, 8,725 lines. `what` is a plural that ends in s."""
    return f"{number:,} {what.removesuffix('s') if number == 1 else what}"


def ratio(value: float) -> str:
    """Write how many of one thing there are for each of another: 0.16, 0.0067, <0.001, 5.4, 123."""
    if 0 < value < 1e-3:
        return "<0.001"
    return f"{value:.2g}" if value < 10 else grouped(value)


def small(number: float | None) -> str:
    """Write a number of a few digits, such as a gradient norm: 0.87, 12.3, 2,735, 1.2e+06."""
    if number is None or not math.isfinite(number):
        return NOTHING if number is None or math.isnan(number) else "inf"
    if number != 0 and not 1e-3 <= abs(number) < 1e6:
        return f"{number:.1e}"
    if abs(number) >= 1000:
        return grouped(number)
    return f"{number:.2f}" if abs(number) < 10 else f"{_three_digits(number)}"


def lr(value: float | None) -> str:
    """Write a learning rate: 4.1e-04."""
    return NOTHING if _missing(value) else f"{value:.1e}"


def duration(seconds: float | None) -> str:
    """Write a length of time as a clock: 0:07, 5:12, 2:05:12; days in words: 3 d 4 h."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def age(seconds: float) -> str:
    """Write how long ago in one unit: now, 9 min, 1 h, 3 d."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def size(number: int) -> str:
    """Write a size in bytes, in powers of 1000: 128 MB."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{_three_digits(value) if unit != 'B' else number} {unit}"
        value /= 1000
    return f"{_three_digits(value)} TB"


def visible(text: str) -> str:
    """Make control characters visible, so that text a model wrote cannot steer the terminal.

    Line ends stay; a tab becomes one blank. Lone surrogates become U+FFFD.
    """
    return "".join(_shown(character) for character in text)


def one_line(text: str) -> str:
    """Make text visible on one line, its line ends as ↵."""
    return visible(text.replace("\n", "↵"))


def _shown(character: str) -> str:
    if character == "\n" or " " <= character <= "~":
        return character
    code = ord(character)
    if code < 0x20:
        return " " if character == "\t" else chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    # Cc and Cf steer the terminal or the direction of text; Cs cannot be written at all.
    # Zl and Zp are line ends that a line of cells does not expect.
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "\N{REPLACEMENT CHARACTER}" if hidden else character


def _three_digits(value: float) -> str:
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
