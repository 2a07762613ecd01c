"""Hosts whose card, driver or device node is not as it should be: each finding's next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import BLACKHOLE, KERNEL, HostBuilder, find, healthy, no_card, with_cards

ADDRESS = "/sys/bus/pci/devices/0000:01:00.0"
DRIVER = "/sys/module/tenstorrent"
NODE = "/sys/class/tenstorrent/tenstorrent!0"
HUGEPAGES = "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return healthy(tmp_path)


def test_no_card(tmp_path: Path) -> None:
    found = find(no_card(tmp_path), "card.bus")
    assert found.blocks
    assert "runs on the CPU" in found.why
    assert "seat it again" in found.next_step
    assert found.command == "lspci -d 1e52:"


def test_cards_are_counted_by_kind(tmp_path: Path) -> None:
    built = healthy(tmp_path, "galaxy")
    built.card(40, "p150a", BLACKHOLE)
    assert (
        find(built, "card.bus").what == "32 Wormhole, 1 Blackhole on the bus (from 0000:01:00.0 on)"
    )


def test_a_grayskull_is_no_longer_supported(host: HostBuilder) -> None:
    host.put(f"{ADDRESS}/device", "0xfaca\n")
    found = find(host, "card.kind")
    assert found.blocks
    assert found.next_step == "Use another card, or train on the CPU."


def test_an_unknown_chip_is_warned_of(host: HostBuilder) -> None:
    host.put(f"{ADDRESS}/device", "0xbeef\n")
    found = find(host, "card.kind")
    assert (found.status, found.what) == ("warn", "unknown chip 0xbeef")


def test_a_driver_that_is_not_loaded(host: HostBuilder) -> None:
    host.remove(DRIVER)
    found = find(host, "card.driver")
    assert found.blocks
    assert found.command == "sudo modprobe tenstorrent"
    assert "reboot" in found.next_step


def test_a_driver_that_was_not_built_for_this_kernel(host: HostBuilder) -> None:
    host.remove(DRIVER)
    host.remove(f"/lib/modules/{KERNEL}")
    host.put("/lib/modules/6.8.0-48-generic/updates/dkms/tenstorrent.ko")
    found = find(host, "card.driver")
    assert found.blocks
    assert KERNEL in found.what
    assert found.command.startswith("sudo dkms autoinstall")


def test_a_driver_that_secure_boot_refuses(host: HostBuilder) -> None:
    host.remove(DRIVER)
    host.put("/sys/firmware/efi/efivars/SecureBoot-8be4df61", b"\6\0\0\0\1")
    found = find(host, "card.driver")
    assert found.blocks
    assert "Key was rejected by service" in found.why
    assert "Enrol the key" in found.next_step
    assert found.command.startswith("sudo mokutil --import")


def test_secure_boot_that_is_off_is_not_blamed(host: HostBuilder) -> None:
    host.remove(DRIVER)
    host.put("/sys/firmware/efi/efivars/SecureBoot-8be4df61", b"\6\0\0\0\0")
    assert find(host, "card.driver").command == "sudo modprobe tenstorrent"


@pytest.mark.parametrize(
    ("kind", "version", "wanted"),
    [("n150", "1.34", "2.0.0"), ("p150", "2.0.0", "2.1.0"), ("n150", "garbage", "2.0.0")],
)
def test_a_driver_that_is_too_old(tmp_path: Path, kind: str, version: str, wanted: str) -> None:
    built = healthy(tmp_path, kind)
    built.driver(version)
    found = find(built, "card.driver_version")
    assert found.blocks
    assert wanted in found.what
    assert "then reboot" in found.next_step


def test_a_driver_with_a_suffix_is_new_enough(host: HostBuilder) -> None:
    host.driver("2.10.1-pre")
    assert find(host, "card.driver_version").status == "pass"


def test_a_card_without_its_node(host: HostBuilder) -> None:
    host.remove("/dev/tenstorrent")
    found = find(host, "card.nodes")
    assert found.blocks
    assert found.command == "sudo dmesg | grep -i tenstorrent"
    assert "--device /dev/tenstorrent" in found.next_step


def test_a_container_without_the_device_is_named(host: HostBuilder) -> None:
    host.remove("/dev/tenstorrent")
    host.put("/.dockerenv")
    assert "this is a container" in find(host, "card.nodes").evidence


def test_one_node_of_several_is_missing(tmp_path: Path) -> None:
    built = healthy(tmp_path, "galaxy")
    built.remove("/dev/tenstorrent/31")
    assert find(built, "card.nodes").what.startswith("31 of 32 device nodes")


def test_a_plain_file_where_the_node_should_be(host: HostBuilder) -> None:
    host.changes["is_device"] = lambda path: False
    found = find(host, "card.nodes")
    assert found.blocks
    assert found.command.startswith("sudo rm /dev/tenstorrent/0")


def test_no_permission_and_no_rule(host: HostBuilder) -> None:
    host.put("/dev/tenstorrent/0", mode=0o600)
    found = find(host, "card.permission")
    assert found.blocks
    assert "No chips detected" in found.why  # what ttnn alone would say
    assert "Install tt-kmd's udev rule" in found.next_step
    assert "50-tenstorrent.rules" in found.command
    assert "-rw-------" in found.evidence


def test_no_permission_though_there_is_a_rule(host: HostBuilder) -> None:
    host.put("/dev/tenstorrent/0", mode=0o600)
    host.put("/etc/udev/rules.d/50-tenstorrent.rules", 'SUBSYSTEM=="tenstorrent", MODE="0666"\n')
    found = find(host, "card.permission")
    assert found.blocks
    assert found.command == "sudo udevadm control --reload && sudo udevadm trigger"


def test_a_link_that_dropped(host: HostBuilder) -> None:
    host.put(f"{ADDRESS}/config", b"\xff" * 64)
    found = find(host, "card.link")
    assert found.blocks
    assert "power the host off and on" in found.next_step
    assert found.command == "tt-smi -r"


def test_a_hung_firmware(host: HostBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttgpt.engine.doctor.checks.card_state.HEARTBEAT_SECONDS", 0.2)
    host.put(f"{NODE}/stuck")
    found = find(host, "card.heartbeat")
    assert found.blocks
    assert found.command == "tt-smi -r"
    assert "tt_heartbeat: 7, twice" in found.evidence


def test_one_hung_card_of_many_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttgpt.engine.doctor.checks.card_state.HEARTBEAT_SECONDS", 0.2)
    built = healthy(tmp_path, "galaxy")
    built.put("/sys/class/tenstorrent/tenstorrent!17/stuck")
    assert find(built, "card.heartbeat").what == "the firmware of card 17 is hung"


@pytest.mark.parametrize(
    ("kind", "version", "least"),
    [("n150", "18.2.0.0", "18.3.0"), ("p150", "18.4.9.0", "18.5.0"), ("n300", "80.1", None)],
)
def test_firmware_is_compared_with_the_oldest_that_works(
    tmp_path: Path, kind: str, version: str, least: str | None
) -> None:
    built = healthy(tmp_path, kind)
    built.put(f"{NODE}/tt_fw_bundle_ver", f"{version}\n")
    found = find(built, "card.firmware")
    if least is None:
        assert found.status == "pass"
        return
    assert found.blocks
    assert least in found.what
    assert found.next_step.startswith("Flash the bundle")


def test_cards_with_different_firmware(tmp_path: Path) -> None:
    built = with_cards(tmp_path, "p150a", BLACKHOLE, 2)
    built.put(f"{NODE}/tt_fw_bundle_ver", "18.10.0.0\n")
    found = find(built, "card.firmware")
    assert (found.status, found.what) == ("warn", "the cards have different firmware")


def test_firmware_that_shows_no_version_is_not_judged(host: HostBuilder) -> None:
    host.remove(f"{NODE}/tt_fw_bundle_ver")
    assert find(host, "card.firmware").status == "skip"


def test_a_hot_card(host: HostBuilder) -> None:
    host.put(f"{ADDRESS}/hwmon/hwmon0/temp1_input", "93400\n")
    found = find(host, "card.heat")
    assert (found.status, found.what) == ("warn", "card 0 is at 93 C")
    assert "fans" in found.next_step


def test_a_card_that_shut_down_from_heat(host: HostBuilder) -> None:
    host.put(f"{NODE}/tt_therm_trip_count", "2\n")
    assert find(host, "card.heat").what == "card 0 shut down from heat 2 times"


class TestHugepages:
    def test_are_not_needed_where_the_iommu_translates(self, host: HostBuilder) -> None:
        found = find(host, "card.hugepages")
        assert (found.status, found.what) == (
            "pass",
            "the IOMMU translates: no huge pages needed",
        )

    def test_missing_without_an_iommu(self, host: HostBuilder) -> None:
        host.put(f"{ADDRESS}/iommu_group/type", "identity\n")
        found = find(host, "card.hugepages")
        assert found.blocks
        assert "tenstorrent-tools" in found.command
        assert "then reboot" in found.next_step

    def test_reserved_but_not_mounted(self, host: HostBuilder) -> None:
        host.remove(f"{ADDRESS}/iommu_group")
        host.put(HUGEPAGES, "4\n")
        assert find(host, "card.hugepages").what == "huge pages of 1 GB are not mounted"

    @pytest.mark.parametrize(("pages", "status"), [(4, "pass"), (1, "warn"), (0, "fail")])
    def test_are_counted_for_each_card(self, host: HostBuilder, pages: int, status: str) -> None:
        host.put(f"{ADDRESS}/iommu_group/type", "identity\n")
        host.put(HUGEPAGES, f"{pages}\n")
        mount = "hugetlbfs /dev/hugepages-1G hugetlbfs rw,relatime,pagesize=1024M 0 0\n"
        host.put("/proc/mounts", mount)
        assert find(host, "card.hugepages").status == status


def test_a_virtual_machine_without_an_iommu(host: HostBuilder) -> None:
    host.put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n")
    host.remove(f"{ADDRESS}/iommu_group")
    found = find(host, "card.virtual")
    assert found.blocks
    assert "virtual IOMMU" in found.next_step


def test_little_locked_memory(host: HostBuilder) -> None:
    host.changes["memlock"] = 65536
    found = find(host, "card.memlock")
    assert (found.status, found.what) == ("warn", "only 64 kB of memory may be locked")
    assert "memlock" in found.next_step


def test_an_unknown_numa_node(host: HostBuilder) -> None:
    for number in (0, 1):
        host.put(f"/sys/devices/system/node/node{number}/cpulist")
    assert find(host, "card.numa").status == "pass"
    host.put(f"{ADDRESS}/numa_node", "-1\n")
    assert find(host, "card.numa").status == "warn"
