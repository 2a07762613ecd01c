"""The cards, by the bus and by their driver: almost every check of one begins here.

Looked for once in a visit.
"""

from __future__ import annotations

from .. import pci
from ..cards import Card, driven_cards
from ..visit import Visit


def devices(visit: Visit) -> list[pci.PciDevice]:
    """List the devices on the bus, with a driver or without."""
    return visit.once(_devices)


def driven(visit: Visit) -> list[Card]:
    """List the cards that have a node of the driver."""
    return visit.once(_driven)


def _devices(visit: Visit) -> list[pci.PciDevice]:
    return pci.find_devices(visit.host)


def _driven(visit: Visit) -> list[Card]:
    return driven_cards(visit.host)
