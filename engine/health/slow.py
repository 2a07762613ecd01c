"""Steps take longer than this run's own median: something else uses the device, or it is hot."""

from __future__ import annotations

import math
import statistics
from collections import deque

from .finding import Finding

_SLOWER, _NORMAL = 1.2, 1.1
"""Times the median: slower from here on, and normal again below there. 20 % is far outside the
few per cent by which quiet machines vary."""
_RECENT = 9
"""Logged steps whose median is the time of a step now."""
_USUAL = 20
"""Logged steps that make a median worth comparing with."""
_LASTS_S = 30.0
"""Seconds for which it must last: a short burst of other work is nobody's trouble."""
_MOST = 512
"""Usual times that are kept: of more, every second one is dropped."""


class Slow:
    """Watches the time of logged steps; the first one, which compiles, is left out."""

    def __init__(self) -> None:
        self._usual: list[float] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._last_step: int | None = None
        self._slow_s = 0.0
        self._since = 0

    def take(self, step: int, ms: float) -> Finding | None:
        """Take a logged step in, and say whether steps are slow now.

        Args:
            step: Its number.
            ms: Milliseconds a step, the mean since the last logged one.
        """
        last, self._last_step = self._last_step, step
        if last is None or not (math.isfinite(ms) and ms > 0):
            return None
        if len(self._recent) == _RECENT and not self._slow_s:
            self._usual.append(self._recent[0])
            if len(self._usual) > _MOST:
                del self._usual[::2]
        self._recent.append(ms)
        if len(self._usual) < _USUAL:
            return None
        usual, now = statistics.median(self._usual), statistics.median(self._recent)
        if now < (_NORMAL if self._slow_s else _SLOWER) * usual:
            self._slow_s = 0.0
            return None
        self._since = self._since if self._slow_s else step
        self._slow_s += ms / 1000 * max(1, step - last)
        return self._finding(usual, now) if self._slow_s >= _LASTS_S else None

    def _finding(self, usual: float, now: float) -> Finding:
        return Finding(
            kind="slow",
            level="info",
            since=self._since,
            text=f"slower since step {self._since:,}",
            evidence=f"{now:.3g} ms a step, median {usual:.3g} ms",
            advice="Look for another program on this device, or for heat.",
        )
