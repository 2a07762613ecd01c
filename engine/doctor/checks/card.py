"""Is there a card, and may this user open it: from the bus over the driver to the device node."""

from __future__ import annotations

import stat

from .. import pci
from ..check import Answer, Check, failed, passed, skipped
from ..visit import Visit

NODES = "/dev/tenstorrent"
DRIVER = "/sys/module/tenstorrent"


def bus(visit: Visit) -> Answer:
    """Look for Tenstorrent's vendor id on the bus."""
    found = visit.once(pci.devices)
    seen = "\n".join(f"{d.address}  vendor 0x1e52 device {d.device_id:#06x}" for d in found)
    if not found:
        return failed(
            "no Tenstorrent card on the PCI bus",
            "Training runs on the CPU with PyTorch; everything works, more slowly.",
            "If there is a card: reseat it, check its power plug, boot cold. In a virtual machine "
            "pass it through.",
            "lspci -d 1e52:",
            evidence=f"no {pci.DEVICES}/*/vendor is 0x1e52",
        )
    return passed(_count_words(found), seen)


def _count_words(found: list[pci.PciDevice]) -> str:
    names = [pci.NAMES.get(device.arch, "unknown chip") for device in found]
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    chips = ", ".join(f"{count} {name}" for name, count in counts.items())
    where = found[0].address if len(found) == 1 else f"{found[0].address} and on"
    return f"{chips} on the bus ({where})"


def driver(visit: Visit) -> Answer:
    """Look whether tt-kmd is loaded."""
    if not visit.once(pci.devices):
        return skipped("driver (needs a card)")
    version = visit.host.read(f"{DRIVER}/version")
    if version is None:
        return failed(
            "the card's driver, tt-kmd, is not loaded",
            "ttnn would only say: No chips detected in the cluster.",
            "Load it; if there is no such module, install tt-kmd and reboot.",
            "sudo modprobe tenstorrent",
            evidence=f"no {DRIVER}/version",
        )
    return passed(f"driver tt-kmd {version}", f"{DRIVER}/version: {version}")


def nodes(visit: Visit) -> Answer:
    """Look for one character device for each device on the bus."""
    host, on_bus = visit.host, visit.once(pci.devices)
    if not on_bus or not host.is_there(DRIVER):
        return skipped("device nodes (need a card and its driver)")
    found = visit.once(node_names)
    if not found:
        return failed(
            f"no device node under {NODES}",
            "The driver is loaded and the card is on the bus, but the card did not start; or this "
            "is a container that was not given the device.",
            f"See what the kernel said. In a container add --device {NODES}.",
            "sudo dmesg | grep -i tenstorrent",
            evidence=f"{NODES} has no entry 0, 1, ...",
        )
    return passed(f"{len(found)} device node{'s' * (len(found) > 1)} under {NODES}")


def node_names(visit: Visit) -> list[str]:
    """List the entries that are device numbers; `by-id` is beside them."""
    names = [n for n in visit.host.entries(NODES) if n.isdecimal()]
    return sorted(names, key=int)


def permission(visit: Visit) -> Answer:
    """Ask the kernel, without opening, whether this user may read and write the nodes."""
    host, found = visit.host, visit.once(node_names)
    if not found:
        return skipped("permission (needs the device node)")
    closed = [n for n in found if not host.may_open(host.path(f"{NODES}/{n}"))]
    if not closed:
        return passed("this user may open the card")
    return failed(
        f"no permission on {NODES}/{closed[0]}",
        "ttnn would only say: No chips detected in the cluster.",
        "Install tt-kmd's udev rule, or run the line and plug in anew.",
        evidence="\n".join(_mode_line(visit, f"{NODES}/{n}") for n in closed[:4]),
    )


def _mode_line(visit: Visit, path: str) -> str:
    found = visit.host.path(path).stat()
    return f"{stat.filemode(found.st_mode)} uid {found.st_uid} gid {found.st_gid} {path}"


CHECKS = (
    Check("card.bus", "blocks", "Is a Tenstorrent card on the PCI bus?", bus),
    Check("card.driver", "blocks", "Is the card's driver loaded?", driver),
    Check("card.nodes", "blocks", "Does each card have its device node?", nodes),
    Check("card.permission", "blocks", "May this user open the card?", permission),
)
