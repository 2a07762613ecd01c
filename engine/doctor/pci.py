"""Tenstorrent devices on the PCI bus, seen with or without a driver."""

from __future__ import annotations

from dataclasses import dataclass

from .host import Host

DEVICES = "/sys/bus/pci/devices"
VENDOR = 0x1E52
ARCHITECTURES = {0x401E: "wormhole_b0", 0xB140: "blackhole", 0xFACA: "grayskull"}
"""PCI device ids to the names that tt-metal uses."""

NONE_SEEN = f"no {DEVICES}/*/vendor is {VENDOR:#06x}"
"""The evidence of a host without a card."""

NAMES = {"wormhole_b0": "Wormhole", "blackhole": "Blackhole", "grayskull": "Grayskull"}


@dataclass(frozen=True)
class PciDevice:
    """One function on the bus."""

    address: str
    """Domain, bus, device, function: `0000:01:00.0`."""
    device_id: int

    @property
    def arch(self) -> str:
        """The architecture as tt-metal calls it, or nothing for an unknown device."""
        return ARCHITECTURES.get(self.device_id, "")

    @property
    def path(self) -> str:
        """Its folder under `/sys`."""
        return f"{DEVICES}/{self.address}"


def find_devices(host: Host) -> list[PciDevice]:
    """List the host's Tenstorrent devices in the order of their addresses."""
    found = []
    for address in host.entries(DEVICES):
        if host.read_number(f"{DEVICES}/{address}/vendor") == VENDOR:
            device_id = host.read_number(f"{DEVICES}/{address}/device") or 0
            found.append(PciDevice(address, device_id))
    return found
