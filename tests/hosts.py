"""Whole hosts in a temporary folder: healthy ones of several kinds, to be broken one by one.

The worker's interpreter is the one that runs the tests; what it finds of torch, ttnn and ttml are
packages of a few lines in the built home folder. The probes are true children.
"""

from __future__ import annotations

import itertools
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

from ttgpt.engine.doctor import Finding, Host, examine
from ttgpt.engine.doctor.report import details
from ttgpt.engine.worker_settings import WorkerSettings

KERNEL = "6.8.0-49-generic"
WORMHOLE, BLACKHOLE = 0x401E, 0xB140
UMD_FLAG = 0x5454554D444D5458
SFPI = "7.89.0"

_beats = itertools.count(1)

TORCH = """
__version__ = "2.9.0+cpu"
class version: cuda = None; hip = None
class cuda:
    is_available = staticmethod(lambda: False)
    device_count = staticmethod(lambda: 0)
class backends:
    class mps: is_available = staticmethod(lambda: False)
"""


class LivingHost(Host):
    """A host whose cards' hearts beat, unless a file `stuck` lies beside the heartbeat."""

    def read_bytes(self, absolute: str | Path) -> bytes | None:
        raw = super().read_bytes(absolute)
        beside = Path(absolute).with_name("stuck")
        if raw is not None and str(absolute).endswith("tt_heartbeat") and not self.is_there(beside):
            return b"%d\n" % next(_beats)
        return raw


class HostBuilder:
    """Files of a host, and what else a `Host` knows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.user_home = root / "home" / "user"
        self.site = self.user_home / "site"
        self.tree = self.user_home / "tt-metal"
        self.home = self.user_home / "ttgpt"
        self.worker = WorkerSettings()
        self.changes: dict[str, Any] = {}
        self.environ = {
            "PATH": str(root / "usr" / "bin"),
            "HOME": str(self.user_home),
            "USER": "user",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(self.site),
        }
        self.home.mkdir(parents=True)
        self._base()

    def host(self) -> Host:
        """Give the host as it stands now."""
        known: dict[str, Any] = {
            "root": self.root,
            "home": self.home,
            "user_home": self.user_home,
            "environ": dict(self.environ),
            "worker": self.worker,
            "python": sys.executable,
            "uid": 1000,
            "user": "user",
            "release": KERNEL,
            "machine": "x86_64",
            "terminal": (80, 24),
            "is_device": Path.is_file,
            # Not os.access: to root nothing is forbidden.
            "may_open": lambda path: path.stat().st_mode & 0o006 == 0o006,
            "free_space": lambda path: 2**40,
        }
        return LivingHost(**{**known, **self.changes})

    def put(self, path: str | Path, content: str | bytes = "", mode: int | None = None) -> Path:
        """Write a file at one of the host's absolute paths, or at a path below its folder."""
        text = str(path)
        below = text if text.startswith(str(self.root)) else self.root / text.lstrip("/")
        file = Path(below)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            file.chmod(mode)
        return file

    def script(self, name: str, lines: str) -> Path:
        """Put a program on the search path."""
        return self.put(f"/usr/bin/{name}", f"#!/bin/sh\n{lines}\n", 0o755)

    def remove(self, path: str | Path) -> None:
        """Take a file or a folder away."""
        text = str(path)
        found = Path(text if text.startswith(str(self.root)) else self.root / text.lstrip("/"))
        shutil.rmtree(found) if found.is_dir() else found.unlink()

    def process(self, pid: int, command: str, uid: int = 1000, ticks: int = 100) -> None:
        """Let a process run."""
        self.put(f"/proc/{pid}/cmdline", command.replace(" ", "\0"))
        self.put(f"/proc/{pid}/status", f"Name:\tx\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
        fields = ["S", *["0"] * 18, str(ticks), "0"]
        self.put(f"/proc/{pid}/stat", f"{pid} (x) {' '.join(fields)}")
        self.put(f"/proc/{pid}/maps", "")

    def umd_lock(self, name: str, pid: int) -> None:
        """Leave a lock of tt-umd, taken by a process."""
        content = b"\1" * 40 + struct.pack("<Qii", UMD_FLAG, pid, pid)
        self.put(f"/dev/shm/TT_UMD_LOCK.{name}", content)

    def card(self, index: int, board: str, device: int) -> None:
        """Put a card on the bus, driven and well."""
        address = f"0000:{index + 1:02x}:00.0"
        bus = f"/sys/bus/pci/devices/{address}"
        self.put(f"{bus}/vendor", "0x1e52\n")
        self.put(f"{bus}/device", f"{device:#06x}\n")
        self.put(f"{bus}/config", struct.pack("<HH", 0x1E52, device))
        self.put(f"{bus}/iommu_group/type", "DMA-FQ\n")
        self.put(f"{bus}/numa_node", "0\n")
        for name, value in (("temp1_input", 45500), ("power1_input", 23_000_000)):
            self.put(f"{bus}/hwmon/hwmon{index}/{name}", f"{value}\n")
        node = f"/sys/class/tenstorrent/tenstorrent!{index}"
        is_wormhole = device == WORMHOLE
        self.put(f"{node}/tt_card_type", f"{board}\n")
        self.put(f"{node}/tt_aiclk", "1000\n")
        self.put(f"{node}/tt_heartbeat", "7\n")
        self.put(f"{node}/tt_fw_bundle_ver", "18.5.0.0\n" if is_wormhole else "18.12.0.0\n")
        self.put(f"{node}/tt_therm_trip_count", "0\n")
        (self.root / node.lstrip("/") / "device").symlink_to(self.root / bus.lstrip("/"))
        self.put(f"/dev/tenstorrent/{index}", mode=0o666)
        self.put(f"/proc/driver/tenstorrent/{index}/pids", "")

    def driver(self, version: str = "2.4.1") -> None:
        """Load the driver."""
        self.put("/sys/module/tenstorrent/version", f"{version}\n")
        self.put(f"/lib/modules/{KERNEL}/updates/dkms/tenstorrent.ko", "")

    def stack(self) -> None:
        """Install tt-metal, built with tt-train, and its compiler."""
        self.put(self.tree / "tt_metal/soc_descriptors/wormhole_b0_80_arch.yaml")
        self.put(self.tree / "tt_metal/sfpi-version", f"sfpi_version='{SFPI}'\n")
        self.put(self.tree / "build/lib/libtt_metal.so")
        self.package("ttnn", "", folder=self.tree / "ttnn")
        ttml = self.tree / "tt-train/sources/ttml"
        self.package("ttml", "from . import autograd\n", folder=ttml)
        self.put(ttml / "ttml/autograd/__init__.py")
        self.put(ttml / "ttml/_ttml.cpython-310-x86_64-linux-gnu.so")
        self.environ["PYTHONPATH"] += f":{self.tree / 'ttnn'}"
        self.compiler(SFPI)
        self.script("git", "echo v0.77.0")
        self.script("tt-smi", "exit 1")

    def compiler(self, version: str) -> Path:
        """Install the compiler of kernels."""
        path = "/opt/tenstorrent/sfpi/compiler/bin/riscv-tt-elf-g++"
        line = f"riscv-tt-elf-g++ (tenstorrent/sfpi:{version}[1050]) 15.1.0"
        return self.put(path, f"#!/bin/sh\necho '{line}'\n", 0o755)

    def package(self, name: str, code: str, folder: Path | None = None) -> Path:
        """Install a package of a few lines."""
        return self.put((folder or self.site) / name / "__init__.py", code).parent

    def _base(self) -> None:
        self.put("/proc/meminfo", "MemTotal: 263000000 kB\nMemAvailable:   250000000 kB\n")
        core = "model name\t: Some CPU\nflags\t\t: fpu sse2 avx512_bf16\n"
        self.put("/proc/cpuinfo", "".join(f"processor\t: {i}\n{core}\n" for i in range(8)))
        self.put("/proc/mounts", "/dev/nvme0n1p2 / ext4 rw 0 0\n")
        self.put("/proc/sys/kernel/random/boot_id", "11111111-0000\n")
        self.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
        self.put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n")
        self.package("torch", TORCH)


def no_card(root: Path) -> HostBuilder:
    """A computer without a card, where people learn on the CPU."""
    return HostBuilder(root)


def with_cards(root: Path, board: str, device: int, count: int) -> HostBuilder:
    """A host on which everything is as it should be."""
    built = HostBuilder(root)
    for index in range(count):
        built.card(index, board, device)
    built.driver()
    built.stack()
    return built


HEALTHY = {
    "n150": ("n150", WORMHOLE, 1),
    "n300": ("n300", WORMHOLE, 1),
    "p150": ("p150a", BLACKHOLE, 1),
    "galaxy": ("tt-galaxy-wh", WORMHOLE, 32),
}


def healthy(root: Path, kind: str = "n150") -> HostBuilder:
    """A healthy host of one of the kinds in `HEALTHY`."""
    board, device, count = HEALTHY[kind]
    return with_cards(root, board, device, count)


def find(built: HostBuilder, check: str) -> Finding:
    """Run one check."""
    (finding,) = examine(built.host(), only={check}, deep=True)
    assert_reads_well(finding)
    return finding


def examined(built: HostBuilder) -> dict[str, Finding]:
    """Run all checks of the normal pass."""
    found = {finding.id: finding for finding in examine(built.host())}
    for finding in found.values():
        assert_reads_well(finding)
    return found


def assert_reads_well(finding: Finding) -> None:
    """Hold a finding to what every screen and every person may expect of it."""
    about = f"{finding.id}: {finding}"
    assert 0 < len(finding.what) <= 60, about
    assert "\n" not in finding.what, about
    assert not finding.what.endswith("."), about
    assert finding.evidence, about
    if finding.status in ("warn", "fail"):
        assert finding.why, about
        assert finding.next_step, about
    for prose in (finding.why, finding.next_step):
        assert "\n" not in prose, about
        assert len(prose) <= 400, about
    for line in details(finding, 80):
        assert len(line) <= 80 or max(map(len, line.split())) > 60, about  # a path is not cut
    everything = "".join(str(value) for value in finding.to_dict().values())
    assert "\x1b" not in everything, about
