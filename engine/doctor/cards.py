"""The cards of a host as the kernel's driver shows them: sysfs and hwmon, nothing is opened.

File names are those of tt-kmd's `docs/sysfs-attributes.md`; hwmon's units are millidegrees,
microwatts and RPM. A firmware that lacks a value has no file for it, which is None here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from . import pci
from .holders import Holder, holders
from .host import Host
from .visible import visible

CLASS = "/sys/class/tenstorrent"
_NODE = "tenstorrent!"
_WORD_LIMIT = 24

CHIPS_BEHIND_ONE_NODE = {"n300": 2}
"""Boards with a chip that PCI does not see: it hangs on the first one's Ethernet."""


@dataclass(frozen=True)
class Sensors:
    """What a card measures; None where its firmware or driver has no such value."""

    temperature_c: float | None = None
    power_w: float | None = None
    clock_mhz: int | None = None
    fan_rpm: int | None = None
    heartbeat: int | None = None
    """A counter; a healthy firmware raises it every second."""


@dataclass(frozen=True)
class Card:
    """One device node of the driver, or a device on the bus that has none."""

    index: int
    """The number under `/dev/tenstorrent`; -1 for a device without a node."""
    board: str
    """Such as `n150`; the chip's name where the driver does not say."""
    pci: str
    """PCI address."""
    arch: str
    """`wormhole_b0`, `blackhole`, `grayskull` or nothing."""
    chips: int
    temperature_c: float | None = None
    power_w: float | None = None
    clock_mhz: int | None = None
    fan_rpm: int | None = None
    heartbeat: int | None = None
    """A counter; a healthy firmware raises it every second."""
    firmware: str = ""
    """Version of the firmware bundle."""
    holders: tuple[Holder, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        return asdict(self)


def read_cards(host: Host) -> list[Card]:
    """Read all cards, in the order of their numbers; those without a driver come last."""
    on_bus = {device.address: device for device in pci.find_devices(host)}
    cards = []
    for index, held_by in holders(host, node_numbers(host)).items():
        address = host.link_end(f"{folder(index)}/device")
        device = on_bus.pop(address, None) or pci.PciDevice(address, 0)
        cards.append(_read_card(host, index, device, held_by))
    cards += [
        Card(-1, _name_of_chip(device), device.address, device.arch, 1)
        for device in on_bus.values()
    ]
    return cards


def driven_cards(host: Host) -> list[Card]:
    """Read the cards that have a node of the driver."""
    return [card for card in read_cards(host) if card.index >= 0]


def read_sensors(host: Host, index: int) -> Sensors:
    """Read what the card under `/dev/tenstorrent/<index>` measures: five small files."""
    at, hwmon = folder(index), _hwmon(host, index)
    return Sensors(
        temperature_c=_scaled(host, f"{hwmon}/temp1_input", 1e3),
        power_w=_scaled(host, f"{hwmon}/power1_input", 1e6),
        clock_mhz=host.read_number(f"{at}/tt_aiclk"),
        fan_rpm=host.read_number(f"{hwmon}/fan1_input"),
        heartbeat=host.read_number(f"{at}/tt_heartbeat"),
    )


def node_numbers(host: Host) -> list[int]:
    """List the numbers that the driver gave its devices."""
    names = [n.removeprefix(_NODE) for n in host.entries(CLASS) if n.startswith(_NODE)]
    return sorted(int(name) for name in names if name.isdecimal())


def folder(index: int) -> str:
    """Give the sysfs folder of a device."""
    return f"{CLASS}/{_NODE}{index}"


def _read_card(host: Host, index: int, device: pci.PciDevice, held_by: list[Holder]) -> Card:
    at = folder(index)
    board = _word(host, f"{at}/tt_card_type").lower() or _name_of_chip(device)
    return Card(
        index=index,
        board=board,
        pci=device.address,
        arch=device.arch or arch_of_board(board),
        chips=CHIPS_BEHIND_ONE_NODE.get(board, 1),
        **asdict(read_sensors(host, index)),
        firmware=_word(host, f"{at}/tt_fw_bundle_ver"),
        holders=tuple(held_by),
    )


def arch_of_board(board: str) -> str:
    """Tell the architecture from a board's name: n… and wh are Wormhole, p… and bh Blackhole."""
    board = board.lower()
    if board.startswith("n") or "wh" in board:
        return "wormhole_b0"
    return "blackhole" if board.startswith("p") or "bh" in board else ""


def _hwmon(host: Host, index: int) -> str:
    parent = f"{folder(index)}/device/hwmon"
    names = host.entries(parent)
    return f"{parent}/{names[0] if names else 'none'}"


def _name_of_chip(device: pci.PciDevice) -> str:
    return pci.NAMES.get(device.arch, "unknown").lower()


def _word(host: Host, path: str) -> str:
    return visible(host.read(path) or "")[:_WORD_LIMIT]


def _scaled(host: Host, path: str, unit: float) -> float | None:
    value = host.read_number(path)
    return None if value is None else round(value / unit, 1)
