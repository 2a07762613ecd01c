"""The devices on the bus, which almost every check of a card begins with."""

from __future__ import annotations

from .. import pci
from ..visit import Visit


def devices(visit: Visit) -> list[pci.PciDevice]:
    """List them for one visit; looked for once."""
    return visit.once(_find)


def _find(visit: Visit) -> list[pci.PciDevice]:
    return pci.find_devices(visit.host)
