"""Where an axis has its marks, and how far it reaches."""

from __future__ import annotations

import math
from itertools import pairwise

_LADDER = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_INTERVALS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOMENTS = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400),
)
"""Seconds between two marks of time."""


def reach(step: int, max_steps: int) -> int:
    """Give the last step of the axis: a round number that stays for a while, not past the end."""
    wanted = max(step * 1.05, 10)
    power = 10.0 ** math.floor(math.log10(wanted))
    round_number = next(int(power * rung) for rung in _LADDER if power * rung >= wanted * 0.999999)
    return max(step, min(round_number, max_steps)) if max_steps else round_number


def interval(low: float, high: float, most: int) -> float:
    """Give the distance of marks such that at most `most` lie between two values."""
    span = (high - low) / max(1, most)
    if not (math.isfinite(span) and span > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(span))
    return next(power * rung for rung in _INTERVALS if power * rung >= span * 0.999999)


def floor(low: float, high: float, most: int, *, log: bool) -> float:
    """Round the lower end of an axis down, so that it does not move with each new low."""
    if log:
        return float(10 ** (math.floor(math.log10(low) * 20) / 20))
    part = interval(low, high, most) / 4
    return math.floor(low / part) * part


def marks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Give round values between two values; `whole` leaves out what is not a whole number."""
    step = interval(low, high, most)
    if whole and not step.is_integer():
        step = float(math.ceil(step)) if step < 1 else 2 * step
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def log_marks(low: float, high: float, most: int = 20) -> list[float]:
    """Give about so many round values between two positive values, for a logarithmic axis."""
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    every = 1 + len(powers) // max(1, most)
    for rungs in (_LADDER[:-1], (1.0, 2.0, 5.0), (1.0,)):
        if len(powers) * len(rungs) <= 2 * most or len(rungs) == 1:
            found = [10.0**power * rung for power in powers[::every] for rung in rungs]
            return [float(f"{value:.6g}") for value in found if low <= value <= high]
    return []


def label(value: float, among: list[float]) -> str:
    """Write a mark with as many decimals as tell it from its neighbours, and one at least."""
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e6 else f"{value:.0e}"
    if 0 < max(map(abs, among), default=1.0) < 0.01:
        return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-") if value else "0"
    gaps = [after - before for before, after in pairwise(among)]
    smallest = min(gaps, default=1.0)
    decimals = 1 if smallest >= 0.0999 and _is_tenth(smallest) else 2 if smallest > 0.00999 else 3
    return f"{value:.{decimals}f}"


def exact_label(step: float, among: list[float]) -> str:
    """Write a step so that it differs from its neighbours: where they are close, in full."""
    labels = {step_label(other) for other in among}
    return step_label(step) if len(labels) == len(among) else f"{step:,.0f}"


def time_marks(low: float, high: float, most: int) -> list[float]:
    """Give round moments between two, in seconds."""
    wanted = (high - low) / max(1, most)
    days = 86_400 * interval(low / 86_400, high / 86_400, most)
    step = next((float(unit) for unit in _MOMENTS if unit >= wanted), days)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [place * step for place in range(first, last + 1)]


def time_label(seconds: float) -> str:
    """Write a moment in the largest unit that fits it: 30 s, 5 min, 1:30 h, 2 d."""
    if seconds < 60 or seconds % 60:
        return f"{seconds:g} s" if seconds < 60 else f"{seconds // 60:.0f}:{seconds % 60:02.0f}"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    hours, minutes = divmod(seconds // 60, 60)
    if seconds < 172_800 or seconds % 43_200:
        return f"{hours:.0f}:{minutes:02.0f} h" if minutes else f"{hours:.0f} h"
    return f"{seconds / 86_400:g} d"


def step_label(step: float) -> str:
    """Write a step briefly: 500, 2,000, 20k."""
    return f"{step / 1000:g}k" if step >= 10_000 else f"{step:,.0f}"


def _is_tenth(value: float) -> bool:
    return abs(value * 10 - round(value * 10)) < 1e-6
