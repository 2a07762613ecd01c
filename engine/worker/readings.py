"""What the cards measure, among a run's events: in the same time base as its losses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from .. import events
from ..doctor.cards import node_numbers, read_sensors
from ..doctor.host import Host

EVERY_SECONDS = 5.0
"""A reading takes about a fifth of a millisecond for a card."""


class Readings:
    """Adds the cards' readings to what training tells, every few seconds.

    Only between other events: nothing is written while training is paused.

    Args:
        host: Where the driver's files are.
        clock: Seconds.
    """

    def __init__(self, host: Host, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._clock = clock
        self._cards = node_numbers(host)
        self._due = clock()

    def watch(self, found: Iterable[events.Event]) -> Iterator[events.Event]:
        """Give the events, and after them the readings where they are due."""
        yield from found
        if self._cards and self._clock() >= self._due:
            self._due = self._clock() + EVERY_SECONDS
            yield events.Telemetry([self._read(index) for index in self._cards])

    def _read(self, index: int) -> dict[str, float | None]:
        found = read_sensors(self._host, index)
        return {
            "temperature": found.temperature_c,
            "power": found.power_w,
            "clock": found.clock_mhz,
            "fan": found.fan_rpm,
            "heartbeat": found.heartbeat,
        }
