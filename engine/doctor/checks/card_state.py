"""Is the card well: does it answer, is its firmware new enough, has it its memory, is it cool."""

from __future__ import annotations

from .. import cards, pci
from ..check import Answer, Check, failed, passed, skipped, warned
from ..visit import Visit
from .bus import devices, driven
from .card import version_numbers

OLDEST_FIRMWARE = {"wormhole_b0": (18, 3, 0), "blackhole": (18, 5, 0)}
"""Of the firmware bundle: the minimum in tt-umd's sources."""
HEARTBEAT_SECONDS = 2.0
HOT_C = 90.0
"""73 to 81 degrees were seen under training; the driver's own limit counts where it gives one."""
HUGEPAGES = "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"
HUGEPAGES_WANTED = 4
"""Of 1 GB, for each card: tt-umd's target."""
LEAST_MEMLOCK = 16 * 2**20


def answers(visit: Visit) -> Answer:
    """Read the vendor from the configuration space: a dropped link reads as all ones."""
    found = devices(visit)
    heads = {d.address: (visit.host.read_bytes(f"{d.path}/config") or b"")[:2] for d in found}
    dead = [address for address, head in heads.items() if head == b"\xff\xff"]
    if not any(heads.values()):
        return skipped("PCI link (needs a card)", evidence=_heads(heads) or pci.NONE_SEEN)
    if dead:
        return failed(
            f"the card at {dead[0]} dropped off the bus",
            "Every read from it gives ones (0xffffffff).",
            "Reset it; if it stays so, power the host off and on. Then resume the run.",
            "tt-smi -r",
            _heads({address: heads[address] for address in dead}),
        )
    return passed("the card answers on the bus", _heads(heads))


def _heads(heads: dict[str, bytes]) -> str:
    return "\n".join(
        f"{pci.DEVICES}/{address}/config begins with {head.hex(' ') or 'nothing'}"
        for address, head in heads.items()
    )


def heartbeat(visit: Visit) -> Answer:
    """Read the firmware's counter until it has changed, for two seconds at most."""
    first = {c.index: c.heartbeat for c in driven(visit) if c.heartbeat is not None}
    if not first:
        return skipped(
            "heartbeat (needs the driver, and firmware that has one)",
            evidence=f"no {cards.CLASS}/*/tt_heartbeat",
        )
    stuck = dict(first)
    for _ in range(int(HEARTBEAT_SECONDS / 0.1)):
        stuck = {i: beat for i, beat in stuck.items() if _beat(visit, i) == beat}
        if not stuck:
            seen = "\n".join(f"card {i}: tt_heartbeat was {beat}" for i, beat in first.items())
            return passed("the card's firmware is alive", f"{seen}\nand changed")
        visit.pause(0.1)
    which = ", ".join(map(str, list(stuck)[:3])) + (", ..." if len(stuck) > 3 else "")
    return failed(
        f"the firmware of card {which} is hung",
        f"Its heartbeat did not change within {HEARTBEAT_SECONDS:.0f} s.",
        "Reset the cards once; if it stays so, power the host off and on.",
        "tt-smi -r",
        "\n".join(f"{cards.folder(i)}/tt_heartbeat: {beat}, twice" for i, beat in stuck.items()),
    )


def _beat(visit: Visit, index: int) -> int | None:
    return visit.host.read_number(f"{cards.folder(index)}/tt_heartbeat")


def firmware(visit: Visit) -> Answer:
    """Compare the firmware bundle with the oldest that tt-umd takes."""
    known = [card for card in driven(visit) if version_numbers(card.firmware)]
    if not known:
        return skipped(
            "firmware version (the driver does not show one)",
            evidence=f"no {cards.CLASS}/*/tt_fw_bundle_ver",
        )
    seen = "\n".join(f"card {c.index} {c.board}: firmware bundle {c.firmware}" for c in known)
    old = [c for c in known if version_numbers(c.firmware) < OLDEST_FIRMWARE.get(c.arch, ())]
    if old:
        least = ".".join(map(str, OLDEST_FIRMWARE[old[0].arch]))
        return failed(
            f"firmware {old[0].firmware} is too old, {least} is needed",
            "ttnn refuses it, or says: No core coordinate found.",
            "Flash the bundle that this tt-metal asks for, then boot cold.",
            "tt-flash --help",
            seen,
        )
    if len({card.firmware for card in known}) > 1:
        return warned(
            "the cards have different firmware",
            "Chips that are to work together may not find each other over Ethernet.",
            "Flash all of them with one bundle, then boot cold.",
            "tt-flash --help",
            seen,
        )
    return passed(f"firmware bundle {known[0].firmware}", seen)


def heat(visit: Visit) -> Answer:
    """Look at temperatures, and at how often a chip shut itself down."""
    host, found = visit.host, driven(visit)
    measured = [card for card in found if card.temperature_c is not None]
    trips = {
        c.index: host.read_number(f"{cards.folder(c.index)}/tt_therm_trip_count") for c in found
    }
    tripped = [index for index, count in trips.items() if count]
    if not measured and not tripped:
        return skipped(
            "temperature (the driver does not show one)",
            evidence=f"no {cards.CLASS}/*/device/hwmon/*/temp1_input",
        )
    seen = "\n".join(f"card {c.index}: {c.temperature_c} C" for c in measured)
    if tripped:
        return warned(
            f"card {tripped[0]} shut down from heat {trips[tripped[0]]} times",
            "Counted since it was powered on.",
            "Check the fans and the way of the air before a long run.",
            evidence=seen
            + f"\n{cards.folder(tripped[0])}/tt_therm_trip_count: {trips[tripped[0]]}",
        )
    hottest = max(measured, key=lambda card: card.temperature_c or 0.0)
    if (hottest.temperature_c or 0.0) >= HOT_C:
        return warned(
            f"card {hottest.index} is at {hottest.temperature_c:.0f} C",
            "It will slow down; 73 to 81 C is usual while it trains.",
            "Check the fans and the way of the air.",
            evidence=seen,
        )
    return passed(f"at most {hottest.temperature_c:.0f} C", seen)


def hugepages(visit: Visit) -> Answer:
    """Look for 1 GB pages, which are needed where no IOMMU translates."""
    host, found = visit.host, devices(visit)
    if not found:
        return skipped("huge pages (need a card)", evidence=pci.NONE_SEEN)
    groups = {d.address: host.read(f"{d.path}/iommu_group/type") or "" for d in found}
    seen = "\n".join(
        f"{address}  IOMMU group: {kind or 'none'}" for address, kind in groups.items()
    )
    if all(kind.startswith("DMA") for kind in groups.values()):
        return passed("the IOMMU translates: no huge pages needed", seen)
    pages = host.read_number(HUGEPAGES) or 0
    seen += f"\n{HUGEPAGES}: {pages}\nmount: {_hugepage_mount(visit) or 'none of 1 GB'}"
    mend = "sudo apt install tenstorrent-tools && sudo reboot"
    if pages < len(found) or not _hugepage_mount(visit):
        lack = "are not mounted" if pages >= len(found) else f": {pages} of {len(found)} needed"
        return failed(
            f"huge pages of 1 GB {lack}".replace(" :", ":"),
            "Without an IOMMU the card reaches the host's memory only through them.",
            "Install tenstorrent-tools, which reserves and mounts them at boot, then reboot.",
            mend,
            seen,
        )
    wanted = HUGEPAGES_WANTED * len(found)
    if pages < wanted:
        return warned(
            f"{pages} huge pages of 1 GB, {wanted} are wanted",
            "ttnn runs with fewer channels to the host, and says so.",
            "Reserve four for each card.",
            mend,
            seen,
        )
    return passed(f"{pages} huge pages of 1 GB", seen)


def _hugepage_mount(visit: Visit) -> str:
    for line in (visit.host.read("/proc/mounts") or "").splitlines():
        parts = line.split()
        if parts[2:3] == ["hugetlbfs"] and parts[1] == "/dev/hugepages-1G":
            return line
    return ""


def virtual(visit: Visit) -> Answer:
    """Look whether a virtual machine has a virtual IOMMU for the card."""
    host, found = visit.host, devices(visit)
    if not found:
        return skipped("virtual machine (needs a card)", evidence=pci.NONE_SEEN)
    if " hypervisor" not in (host.read("/proc/cpuinfo") or ""):
        return passed("no virtual machine", "/proc/cpuinfo has no flag hypervisor")
    bare = [d for d in found if not host.is_there(f"{d.path}/iommu_group")]
    if bare:
        return failed(
            "virtual machine without an IOMMU for the card",
            "The card is seen, but it cannot reach this machine's memory.",
            "Give the machine a virtual IOMMU in the hypervisor's settings.",
            evidence=f"/proc/cpuinfo has the flag hypervisor\nno {bare[0].path}/iommu_group",
        )
    return passed("virtual machine with an IOMMU for the card", f"{found[0].path}/iommu_group")


def memlock(visit: Visit) -> Answer:
    """Look how much memory may be locked: the card's buffers are."""
    limit = visit.host.memlock
    if not devices(visit):
        return skipped("locked memory (needs a card)", evidence=pci.NONE_SEEN)
    seen = f"RLIMIT_MEMLOCK: {limit}"
    if limit < 0:
        return passed("locked memory: no limit", seen)
    if limit < LEAST_MEMLOCK:
        return warned(
            f"only {limit // 1024:,} kB of memory may be locked",
            "ttnn may say: failed to pin pages for DMA.",
            "Raise memlock in limits.conf and log in again; for a container --ulimit memlock=-1.",
            "ulimit -l",
            seen,
        )
    return passed(f"{limit // 2**20:,} MB of memory may be locked", seen)


def numa(visit: Visit) -> Answer:
    """Look whether the kernel knows which processor a card hangs on."""
    host, found = visit.host, devices(visit)
    processors = [n for n in host.entries("/sys/devices/system/node") if n[4:].isdecimal()]
    if not found or len(processors) < 2:
        return skipped(
            "NUMA (needs a card and several processors)",
            evidence=f"/sys/devices/system/node: {len(processors)} nodes"
            if found
            else pci.NONE_SEEN,
        )
    known = {d.path: host.read_number(f"{d.path}/numa_node") for d in found}
    lost = [path for path, node in known.items() if node == -1]
    if lost:
        return warned(
            "the kernel does not know the card's NUMA node",
            "ttnn says: no numa node for device. It works, often more slowly.",
            "Update the BIOS; allow SYS_NICE for a container.",
            evidence=f"{lost[0]}/numa_node: -1",
        )
    return passed(
        f"NUMA nodes known, {len(processors)} processors",
        "\n".join(f"{path}/numa_node: {node}" for path, node in known.items()),
    )


CHECKS = (
    Check("card.link", "blocks", "Does the card answer on the bus?", answers),
    Check("card.heartbeat", "blocks", "Is the card's firmware alive?", heartbeat),
    Check("card.firmware", "blocks", "Is the firmware new enough?", firmware),
    Check("card.heat", "warns", "Is the card cool enough?", heat),
    Check("card.hugepages", "blocks", "Has the card its way to the host's memory?", hugepages),
    Check("card.virtual", "blocks", "Does a virtual machine translate for the card?", virtual),
    Check("card.memlock", "warns", "May enough memory be locked?", memlock),
    Check("card.numa", "warns", "Is the card's processor known?", numa),
)
