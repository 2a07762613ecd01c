"""Is there a card, and may this user open it: from the bus over the driver to the device node."""

from __future__ import annotations

import os
import re
import stat

from .. import pci
from ..check import Answer, Check, failed, passed, skipped, warned
from ..visit import Visit
from .bus import devices

NODES = "/dev/tenstorrent"
DRIVER = "/sys/module/tenstorrent"
EFI = "/sys/firmware/efi/efivars"
UDEV = ("/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
APPLY_RULE = "sudo udevadm control --reload && sudo udevadm trigger"
WRITE_RULE = (
    """echo 'SUBSYSTEM=="tenstorrent", MODE="0666"' |\n"""
    "  sudo tee /etc/udev/rules.d/50-tenstorrent.rules"
)
OLDEST, OLDEST_FOR_BLACKHOLE = (2, 0, 0), (2, 1, 0)
"""Of tt-kmd: tt-umd's minimum, and what tt-metal's INSTALLING.md asks for on Blackhole."""


def bus(visit: Visit) -> Answer:
    """Look for Tenstorrent's vendor id on the bus."""
    found = devices(visit)
    if not found:
        return failed(
            "no Tenstorrent card on the PCI bus",
            "Training runs on the CPU with PyTorch; everything works, more slowly.",
            "If there is a card: seat it again, check its power plug, boot cold. In a virtual "
            "machine pass it through.",
            "lspci -d 1e52:",
            pci.NONE_SEEN,
        )
    names = _names(found)
    counted = ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))
    where = found[0].address if len(found) == 1 else f"from {found[0].address} on"
    return passed(f"{counted} on the bus ({where})", _listed(found))


def _names(found: list[pci.PciDevice]) -> list[str]:
    return [pci.NAMES.get(device.arch, "unknown chip") for device in found]


def _listed(found: list[pci.PciDevice]) -> str:
    return "\n".join(f"{d.address}  vendor 0x1e52  device {d.device_id:#06x}" for d in found)


def kind(visit: Visit) -> Answer:
    """Look whether the chips are of a kind that tt-metal still runs."""
    found = devices(visit)
    if not found:
        return skipped("kind of chip (needs a card)", evidence=pci.NONE_SEEN)
    old = [d for d in found if d.arch == "grayskull"]
    unknown = [d for d in found if not d.arch]
    if old:
        return failed(
            "Grayskull cards are no longer supported",
            "Today's driver and tt-metal run Wormhole and Blackhole chips.",
            "Use another card, or train on the CPU.",
            evidence=_listed(old),
        )
    if unknown:
        return warned(
            f"unknown chip {unknown[0].device_id:#06x}",
            "It is Tenstorrent's, but of a kind that this program does not know.",
            "If it trains, all is well; please tell us its board.",
            evidence=_listed(unknown),
        )
    return passed(
        f"chips of a known kind: {', '.join(dict.fromkeys(_names(found)))}", _listed(found)
    )


def driver(visit: Visit) -> Answer:
    """Look whether tt-kmd is loaded, and if not, why it could not be."""
    host = visit.host
    if not devices(visit):
        return skipped("driver (needs a card)", evidence=pci.NONE_SEEN)
    version = host.read(f"{DRIVER}/version")
    if version is not None:
        return passed(f"driver tt-kmd {version}", _driver_seen(version))
    seen = _driver_seen(None)
    modules = _module_files(visit)
    if not modules:
        return failed(
            f"no tt-kmd module for the kernel {host.release}",
            "It was never installed, or the kernel was updated and DKMS did not build it again.",
            "Build it for the running kernel; without DKMS entries install tenstorrent-dkms.",
            "sudo dkms autoinstall && sudo modprobe tenstorrent",
            f"{seen}\nno tenstorrent.ko below /lib/modules/{host.release}",
        )
    if _has_secure_boot(visit):
        return failed(
            "Secure Boot keeps the driver from loading",
            "The kernel says: Key was rejected by service. The module is not signed with a key "
            "that the firmware knows.",
            "Enrol the key that DKMS signs with, or turn Secure Boot off; then reboot.",
            "sudo mokutil --import /var/lib/shim-signed/mok/MOK.der",
            f"{seen}\n{modules[0]}\nSecureBoot is on",
        )
    return failed(
        "the card's driver, tt-kmd, is not loaded",
        "ttnn would only say: No chips detected in the cluster.",
        "Load it; after an installation or an update, reboot.",
        "sudo modprobe tenstorrent",
        f"{seen}\n{modules[0]}",
    )


def _module_files(visit: Visit) -> list[str]:
    walked = os.walk(visit.host.path(f"/lib/modules/{visit.host.release}"))
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in walked
        for name in names
        if name.startswith("tenstorrent.ko")
    )


def _has_secure_boot(visit: Visit) -> bool:
    # An EFI variable is four bytes of attributes, then its value.
    for name in visit.host.entries(EFI):
        if name.startswith("SecureBoot-"):
            return (visit.host.read_bytes(f"{EFI}/{name}") or b"")[4:5] == b"\1"
    return False


def driver_version(visit: Visit) -> Answer:
    """Compare the driver's version with the oldest that today's tools take."""
    text = visit.host.read(f"{DRIVER}/version")
    found = devices(visit)
    if text is None or not found:
        return skipped("driver version (needs a card and its driver)", evidence=_driver_seen(text))
    is_blackhole = any(device.arch == "blackhole" for device in found)
    least = OLDEST_FOR_BLACKHOLE if is_blackhole else OLDEST
    wanted = ".".join(map(str, least))
    if version_numbers(text) >= least:
        return passed(f"driver {text} is {wanted} or newer", _driver_seen(text))
    return failed(
        f"driver tt-kmd {text} is too old, {wanted} is needed",
        "ttnn and tt-smi refuse older ones, or see no device.",
        "Update tt-kmd, then reboot.",
        "sudo apt install --only-upgrade tenstorrent-dkms",
        _driver_seen(text),
    )


def _driver_seen(version: str | None) -> str:
    return f"no {DRIVER}/version" if version is None else f"{DRIVER}/version: {version}"


def version_numbers(text: str) -> tuple[int, ...]:
    """Give the leading numbers of a version: 2.10.1-pre is (2, 10, 1)."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def nodes(visit: Visit) -> Answer:
    """Look for one character device for each device on the bus."""
    host, on_bus = visit.host, devices(visit)
    if not on_bus or not host.is_there(DRIVER):
        return skipped(
            "device nodes (need a card and its driver)",
            evidence=_driver_seen(host.read(f"{DRIVER}/version")) if on_bus else pci.NONE_SEEN,
        )
    found = visit.once(node_names)
    seen = "\n".join(f"{NODES}/{name}" for name in found) or f"no {NODES}/0"
    wrong = [name for name in found if not host.is_device(host.path(f"{NODES}/{name}"))]
    if wrong:
        return failed(
            f"{NODES}/{wrong[0]} is no device",
            "Something else lies where the driver's node should be.",
            "Remove it and load the driver anew.",
            f"sudo rm {NODES}/{wrong[0]} && sudo udevadm trigger",
            seen,
        )
    if len(found) < len(on_bus):
        count = f"{len(found)} of {len(on_bus)} device nodes" if found else "no device node"
        return failed(
            f"{count} under {NODES}",
            "The card is on the bus and its driver loaded, but it did not start; or this is a "
            "container that was not given the device.",
            f"See what the kernel said. For a container add --device {NODES}.",
            "sudo dmesg | grep -i tenstorrent",
            seen + _container_words(visit),
        )
    return passed(f"{len(found)} device node{'s' * (len(found) > 1)} under {NODES}", seen)


def _container_words(visit: Visit) -> str:
    marks = [p for p in ("/.dockerenv", "/run/.containerenv") if visit.host.is_there(p)]
    return f"\n{marks[0]}: this is a container" if marks else ""


def node_names(visit: Visit) -> list[str]:
    """List the entries that are device numbers; `by-id` is beside them."""
    names = [n for n in visit.host.entries(NODES) if n.isdecimal()]
    return sorted(names, key=int)


def permission(visit: Visit) -> Answer:
    """Ask the kernel, without opening, whether this user may read and write the nodes."""
    host, found = visit.host, visit.once(node_names)
    if not found:
        return skipped("permission (needs the device node)", evidence=f"no {NODES}/0")
    closed = [name for name in found if not host.may_open(host.path(f"{NODES}/{name}"))]
    if not closed:
        return passed("this user may open the card", _modes(visit, found))
    rule = any(re.search("tenstorrent", name) for folder in UDEV for name in host.entries(folder))
    return failed(
        f"no permission on {NODES}/{closed[0]}",
        "ttnn would only say: No chips detected in the cluster.",
        "Have the udev rule applied, then run this check again."
        if rule
        else "Install tt-kmd's udev rule (mode 0666), then run this check again.",
        APPLY_RULE if rule else f"{WRITE_RULE}\n{APPLY_RULE}",
        _modes(visit, closed) + _container_words(visit),
    )


def _modes(visit: Visit, names: list[str]) -> str:
    return "\n".join(_mode_line(visit, f"{NODES}/{name}") for name in names[:4])


def _mode_line(visit: Visit, path: str) -> str:
    try:
        found = visit.host.path(path).stat()
    except OSError as error:
        return f"{path}: {error.strerror}"
    return f"{stat.filemode(found.st_mode)} uid {found.st_uid} gid {found.st_gid} {path}"


CHECKS = (
    Check("card.bus", "blocks", "Is a Tenstorrent card on the PCI bus?", bus),
    Check("card.kind", "blocks", "Does tt-metal run this kind of chip?", kind),
    Check("card.driver", "blocks", "Is the card's driver loaded?", driver),
    Check("card.driver_version", "blocks", "Is the driver new enough?", driver_version),
    Check("card.nodes", "blocks", "Does each card have its device node?", nodes),
    Check("card.permission", "blocks", "May this user open the card?", permission),
)
