"""The cards panel's values: read from sysfs and hwmon, absent where the firmware has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import BLACKHOLE, HEALTHY, healthy, no_card

from ttgpt.engine.doctor.cards import Card, read_cards

NODE = "/sys/class/tenstorrent/tenstorrent!0"


@pytest.mark.parametrize(
    ("kind", "arch", "chips"),
    [
        ("n150", "wormhole_b0", 1),
        ("n300", "wormhole_b0", 2),
        ("p150", "blackhole", 1),
        ("galaxy", "wormhole_b0", 32),
    ],
)
def test_healthy_ones(kind: str, arch: str, chips: int, tmp_path: Path) -> None:
    cards = read_cards(healthy(tmp_path, kind).host())
    assert [card.index for card in cards] == list(range(HEALTHY[kind][2]))
    assert sum(card.chips for card in cards) == chips
    assert {card.arch for card in cards} == {arch}
    first = cards[0]
    assert (first.board, first.pci) == (HEALTHY[kind][0], "0000:01:00.0")
    assert (first.temperature_c, first.power_w, first.clock_mhz) == (45.5, 23.0, 1000)
    assert first.fan_rpm is None
    assert first.holders == ()
    assert first.heartbeat != read_cards(healthy(tmp_path / "again", kind).host())[0].heartbeat


def test_none(tmp_path: Path) -> None:
    assert read_cards(no_card(tmp_path).host()) == []


def test_a_value_without_a_file_is_absent(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    for name in ("tt_aiclk", "tt_heartbeat", "tt_fw_bundle_ver", "tt_card_type"):
        built.remove(f"{NODE}/{name}")
    built.remove("/sys/bus/pci/devices/0000:01:00.0/hwmon")
    (card,) = read_cards(built.host())
    assert card == Card(0, "wormhole", "0000:01:00.0", "wormhole_b0", 1)


def test_a_fan_that_turns(tmp_path: Path) -> None:
    built = healthy(tmp_path, "p150")
    built.put("/sys/bus/pci/devices/0000:01:00.0/hwmon/hwmon0/fan1_input", "1450\n")
    assert read_cards(built.host())[0].fan_rpm == 1450


def test_one_without_a_driver_comes_last(tmp_path: Path) -> None:
    built = healthy(tmp_path, "p150")
    built.card(8, "p150a", BLACKHOLE)
    built.remove("/sys/class/tenstorrent/tenstorrent!8")
    assert [(card.index, card.board) for card in read_cards(built.host())] == [
        (0, "p150a"),
        (-1, "blackhole"),
    ]


def test_one_that_left_the_bus_keeps_its_number(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    built.remove("/sys/bus/pci/devices/0000:01:00.0")
    (card,) = read_cards(built.host())
    assert (card.index, card.board, card.arch) == (0, "n150", "wormhole_b0")
