from pathlib import Path

from hosts import healthy, no_card

from ttgpt.engine import events
from ttgpt.engine.worker.readings import EVERY_SECONDS, Readings


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_readings_come_after_other_events_and_only_when_due(tmp_path: Path) -> None:
    built, clock = healthy(tmp_path), Clock()
    built.put("/sys/class/tenstorrent/tenstorrent!0/tt_aiclk", "1000\n")
    readings = Readings(built.host(), clock)
    told = events.Evaluating(10)
    first, reading = readings.watch([told])
    assert first is told
    assert isinstance(reading, events.Telemetry)
    [chip] = reading.chips
    assert chip["clock"] == 1000
    assert set(chip) == {"temperature", "power", "clock", "fan", "heartbeat"}
    assert list(readings.watch([told])) == [told]
    clock.now += EVERY_SECONDS
    assert len(list(readings.watch([told, told]))) == 3


def test_a_value_that_the_driver_does_not_give_is_left_open(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    built.remove("/sys/class/tenstorrent/tenstorrent!0/tt_aiclk")
    [reading] = Readings(built.host()).watch([])
    assert isinstance(reading, events.Telemetry)
    assert reading.chips[0]["clock"] is None


def test_without_a_card_nothing_is_told(tmp_path: Path) -> None:
    assert list(Readings(no_card(tmp_path).host()).watch([])) == []
