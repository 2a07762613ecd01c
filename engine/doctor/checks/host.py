"""The machine itself: system, processor, memory, and what its habits do to a long run."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import TtgptError
from ...estimate import training_bytes
from ...host.processor import bfloat16_flag
from ...presets import load, names
from .. import pci
from ..check import Answer, Check, passed, skipped, warned
from ..visit import Visit
from .bus import devices
from .python import python_facts

GLIBC = (2, 34)
"""Of ttnn's wheels (manylinux_2_34)."""
TYPICAL_VOCABULARY = 100
"""Tokens for the estimate of memory; that of a text in letters."""
_LINGER = "/var/lib/systemd/linger"
"""A file for each user whom `loginctl enable-linger` was asked for."""
_LOGIND = ("/etc/systemd", "/run/systemd", "/usr/lib/systemd")


def system(visit: Visit) -> Answer:
    """Say which system this is, and whether ttnn's wheels would run on it."""
    host, facts = visit.host, visit.once(python_facts)
    libc = str(facts.get("libc", ""))
    name = f"{host.system} {host.release.split('-')[0]}".strip()
    said = ", ".join(part for part in (name, libc, host.machine) if part)
    seen = f"{host.system} {host.release} {host.machine}\n{libc}"
    found = re.fullmatch(r"glibc (\d+)\.(\d+)", libc)
    old = found is not None and (int(found[1]), int(found[2])) < GLIBC
    if devices(visit) and (old or host.machine != "x86_64"):
        return warned(
            said,
            "ttnn's wheels are for x86_64 and glibc 2.34 or newer.",
            "Use Ubuntu 22.04, Debian 12 or newer on x86_64, or build tt-metal here.",
            evidence=seen,
        )
    return passed(said, seen)


def processor(visit: Visit) -> Answer:
    """Count the cores and look for arithmetic in bfloat16."""
    text = visit.host.read("/proc/cpuinfo") or ""
    cores = len(re.findall(r"^processor\s*:", text, re.MULTILINE))
    if not cores:
        return skipped("processor (not known)", evidence="/proc/cpuinfo names none")
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    count = f"{cores} core{'s' * (cores > 1)}"
    flag = bfloat16_flag(text)
    seen = (model[1] if model else "") + f"\nflags: {flag or 'none for bfloat16'}"
    if flag:
        return passed(f"{count}, bfloat16 in hardware ({flag})", seen)
    return passed(f"{count}, no bfloat16 in hardware", seen, "On the CPU float32 is used instead.")


def memory(visit: Visit) -> Answer:
    """Compare free memory with what the presets are estimated to take."""
    free, seen = _free_memory(visit)
    if free is None:
        return skipped("memory (not known)", evidence="/proc/meminfo has no MemAvailable")
    said = f"{_gigabytes(free)} of memory free"
    too_large = []
    for name in names():
        try:
            needed = training_bytes(load(name).config, TYPICAL_VOCABULARY)
        except TtgptError:  # a damaged preset is told where presets are shown
            continue
        if needed > free:
            too_large.append(f"{name}: about {_gigabytes(needed)}")
    if not too_large:
        return passed(f"{said}, every preset fits", seen)
    some = "preset needs" if len(too_large) == 1 else "presets need"
    return warned(
        f"{said}, {len(too_large)} {some} more",
        "On the CPU they would end for lack of memory, or slow the host down.",
        "Close other programs, or take a smaller preset or batch size.",
        evidence=f"{seen}\n" + "\n".join(too_large),
    )


def _free_memory(visit: Visit) -> tuple[int | None, str]:
    """Give the bytes that may be taken: of the machine, or of a container's share if less."""
    host = visit.host
    found = re.search(r"^MemAvailable:\s*(\d+) kB", host.read("/proc/meminfo") or "", re.MULTILINE)
    if found is None:
        return None, ""
    free, seen = int(found[1]) * 1024, f"/proc/meminfo: {found[0]}"
    limit = host.read_number("/sys/fs/cgroup/memory.max")
    used = host.read_number("/sys/fs/cgroup/memory.current")
    if limit is not None and used is not None and limit - used < free:
        free, seen = max(limit - used, 0), f"/sys/fs/cgroup/memory.max: {limit}, used: {used}"
    return free, seen


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count < 10 * 2**30 else f"{count / 2**30:.0f} GB"


def governor(visit: Visit) -> Answer:
    """Look whether the processor's clock is held back."""
    path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    found = visit.host.read(path)
    if found is None or not devices(visit):
        return skipped("clock governor (needs a card)", evidence=f"{path}: {found or 'none'}")
    if found == "performance":
        return passed("clock governor: performance", f"{path}: {found}")
    return warned(
        f"clock governor: {found}",
        "Between two steps the host prepares the next; a slow clock makes the card wait.",
        "Set it to performance while you train.",
        "sudo cpupower frequency-set -g performance",
        f"{path}: {found}",
    )


def sleep(visit: Visit) -> Answer:
    """Look whether a desktop's power settings may put the host to sleep in mid-run."""
    host = visit.host
    if not devices(visit):
        return skipped("sleep (needs a card)", evidence=pci.NONE_SEEN)
    places = [f"{folder}/system/sleep.target" for folder in _LOGIND]
    masked = [path for path in places if host.link_end(path) == "null"]
    defaults = [host.link_end(f"{folder}/system/default.target") for folder in _LOGIND]
    target = next(filter(None, defaults), "")
    if masked or target != "graphical.target":
        seen = "\n".join(f"{path} is masked" for path in masked)
        seen = seen or f"default.target: {target or 'not set'}"
        return passed("this host does not go to sleep by itself", seen)
    return warned(
        "this host may go to sleep by itself",
        "Desktops do when nobody types; the card's state does not survive it.",
        "Forbid it on a host with cards.",
        "sudo systemctl mask sleep.target suspend.target hibernate.target",
        "default.target is graphical.target; sleep.target is not masked",
    )


def logout(visit: Visit) -> Answer:
    """Look whether logind kills what a person leaves running at logout."""
    host = visit.host
    values = _logind_values(visit)
    seen = "\n".join(f"{name}={value}" for name, value in values.items()) or "logind's defaults"
    kills = values.get("KillUserProcesses", "no").lower() in ("yes", "true", "1", "on")
    excluded = values.get("KillExcludeUsers", "root").split()
    only = values.get("KillOnlyUsers", "").split()
    if not kills or host.user in excluded or (only and host.user not in only):
        return passed("training outlives the logout", seen)
    if _lingers(visit):
        return passed("training outlives the logout: it is outside of the session", seen)
    user = host.user or "$USER"
    return warned(
        "a logout would end the training",
        "logind is set to kill what its users leave running (KillUserProcesses=yes).",
        "Allow lingering, and start the program outside of the session.",
        f"loginctl enable-linger {user}\nsystemd-run --user --scope ttgpt-tui",
        seen,
    )


def _lingers(visit: Visit) -> bool:
    """Say whether the user's own systemd outlives the logout, and has this program in its care."""
    host = visit.host
    group = host.read("/proc/self/cgroup") or ""
    return host.is_there(f"{_LINGER}/{host.user}") and f"/user@{host.uid}.service/" in group


def _logind_values(visit: Visit) -> dict[str, str]:
    """Read logind's settings; drop-ins come after the main file, and later ones win."""
    host, values = visit.host, {}
    texts = [host.read(f"{folder}/logind.conf") for folder in reversed(_LOGIND)]
    for folder in reversed(_LOGIND):
        parts = f"{folder}/logind.conf.d"
        texts += [host.read(f"{parts}/{n}") for n in host.entries(parts) if n.endswith(".conf")]
    for text in texts:
        for line in (text or "").splitlines():
            name, equals, value = line.partition("=")
            if equals and name.strip().startswith("Kill"):
                values[name.strip()] = value.strip()
    return values


def packages(visit: Visit) -> Answer:
    """Look whether apt can read the key that Tenstorrent's packages are signed with."""
    host, folder = visit.host, "/etc/apt/sources.list.d"
    texts = {n: host.read(f"{folder}/{n}") or "" for n in host.entries(folder)}
    ours = {name: text for name, text in texts.items() if "tenstorrent" in text}
    if not ours:
        return skipped(
            "package source (none of Tenstorrent's is set up)",
            evidence=f"{folder}: {', '.join(texts) or 'nothing'}",
        )
    for name, text in ours.items():
        for key in re.findall(r"[Ss]igned-[Bb]y[=:]\s*(/\S+?)[\]\s]", text + "\n"):
            if not _is_readable_by_all(host.path(key)):
                return warned(
                    "apt cannot read Tenstorrent's package key",
                    "apt says: NO_PUBKEY, or: the repository is not signed.",
                    "Fetch the key again, and let everybody read it.",
                    f"sudo chmod a+r {key}",
                    f"{folder}/{name} names {key}",
                )
    return passed("apt can read Tenstorrent's package key", "\n".join(ours))


def _is_readable_by_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o004)  # apt reads it as its own user
    except OSError:
        return False


CHECKS = (
    Check("host.system", "warns", "Is this a system that ttnn runs on?", system, limit=40.0),
    Check("host.processor", "informs", "What can the processor do?", processor, needs="cpu"),
    Check("host.memory", "warns", "Is there memory for the presets?", memory, needs="cpu"),
    Check("host.logout", "warns", "Does training outlive the logout?", logout, needs="both"),
    Check("host.sleep", "warns", "May the host go to sleep?", sleep),
    Check("host.governor", "informs", "Is the processor's clock held back?", governor),
    Check("host.packages", "warns", "Can apt read Tenstorrent's key?", packages),
)
