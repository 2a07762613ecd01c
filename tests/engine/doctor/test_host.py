"""The machine, the disk and the terminal: what is warned of, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts import HostBuilder, find, healthy, no_card

GIB = 2**30


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return no_card(tmp_path)


class TestMachine:
    def test_of_another_kind_with_a_card(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        built.changes["machine"] = "aarch64"
        found = find(built, "host.system")
        assert found.status == "warn"
        assert "x86_64" in found.next_step

    def test_of_another_kind_without_a_card(self, host: HostBuilder) -> None:
        host.changes["machine"] = "aarch64"
        assert find(host, "host.system").status == "pass"

    def test_with_an_old_glibc(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        answer = '{"version": "3.10.1", "libc": "glibc 2.31", "packages": {}}'
        script = built.script("old", f"echo; echo \"@@PROBE $TTGPT_PROBE \"'{answer}'")
        built.changes["python"] = str(script)
        found = find(built, "host.system")
        assert found.status == "warn"
        assert "Ubuntu 22.04" in found.next_step

    def test_processors_are_counted_to_the_last(self, host: HostBuilder) -> None:
        flags = "flags\t\t: " + "avx512_bf16 " + "some_flag " * 150
        host.put("/proc/cpuinfo", "".join(f"processor\t: {i}\n{flags}\n\n" for i in range(384)))
        assert find(host, "host.processor").what == (
            "384 cores, bfloat16 in hardware (avx512_bf16)"
        )

    def test_without_bfloat16(self, host: HostBuilder) -> None:
        host.put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse2\n")
        found = find(host, "host.processor")
        assert found.what == "1 core, no bfloat16 in hardware"
        assert "float32" in found.why

    def test_with_little_memory(self, host: HostBuilder) -> None:
        host.put("/proc/meminfo", "MemAvailable:   300000 kB\n")
        found = find(host, "host.memory")
        assert found.status == "warn"
        assert "smaller preset" in found.next_step
        assert "about" in found.evidence

    def test_with_the_little_memory_of_a_container(self, host: HostBuilder) -> None:
        host.put("/sys/fs/cgroup/memory.max", f"{GIB}\n")
        host.put("/sys/fs/cgroup/memory.current", f"{GIB // 2}\n")
        assert find(host, "host.memory").what.startswith("0.5 GB of memory free")

    def test_with_a_container_that_sets_no_limit(self, host: HostBuilder) -> None:
        host.put("/sys/fs/cgroup/memory.max", "max\n")
        host.put("/sys/fs/cgroup/memory.current", f"{GIB}\n")
        assert find(host, "host.memory").what.startswith("238 GB of memory free")

    def test_with_a_slow_clock(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        built.put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n")
        found = find(built, "host.governor")
        assert found.command == "sudo cpupower frequency-set -g performance"

    def test_that_may_go_to_sleep(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        units = built.put("/etc/systemd/system/keep").parent
        (units / "default.target").symlink_to("/usr/lib/systemd/system/graphical.target")
        found = find(built, "host.sleep")
        assert found.status == "warn"
        assert found.command.startswith("sudo systemctl mask sleep.target")
        (units / "sleep.target").symlink_to("/dev/null")
        assert find(built, "host.sleep").status == "pass"

    def test_with_an_unreadable_package_key(self, host: HostBuilder) -> None:
        key = "/etc/apt/keyrings/tt-pkg-key.asc"
        line = f"deb [signed-by={key}] https://ppa.tenstorrent.com/ubuntu jammy main\n"
        host.put("/etc/apt/sources.list.d/tenstorrent.list", line)
        found = find(host, "host.packages")
        assert found.status == "warn"
        assert found.command == f"sudo chmod a+r {key}"
        host.put(key, mode=0o644)
        assert find(host, "host.packages").status == "pass"


class TestLogout:
    def test_kills_nothing_by_default(self, host: HostBuilder) -> None:
        assert find(host, "host.logout").status == "pass"

    def test_that_ends_the_training(self, host: HostBuilder) -> None:
        host.put("/etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=no\n")
        host.put("/etc/systemd/logind.conf.d/50-kill.conf", "[Login]\nKillUserProcesses=yes\n")
        found = find(host, "host.logout")
        assert found.status == "warn"
        assert found.command.splitlines() == [
            "loginctl enable-linger user",
            "systemd-run --user --scope ttgpt-tui",
        ]

    @pytest.mark.parametrize("line", ["KillExcludeUsers=root user", "KillOnlyUsers=guest"])
    def test_that_spares_this_user(self, host: HostBuilder, line: str) -> None:
        host.put("/etc/systemd/logind.conf", f"[Login]\nKillUserProcesses=yes\n{line}\n")
        assert find(host, "host.logout").status == "pass"

    def test_that_reaches_only_the_session(self, host: HostBuilder) -> None:
        host.put("/etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\n")
        host.put("/var/lib/systemd/linger/user")
        session = "0::/user.slice/user-1000.slice/session-3.scope\n"
        host.put("/proc/self/cgroup", session)
        assert find(host, "host.logout").status == "warn"
        scope = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope\n"
        host.put("/proc/self/cgroup", scope)
        assert find(host, "host.logout").status == "pass"
        host.remove("/var/lib/systemd/linger/user")
        assert find(host, "host.logout").status == "warn"


class TestDisk:
    def test_that_is_full(self, host: HostBuilder) -> None:
        host.changes["free_space"] = lambda path: 2**20
        found = find(host, "data.space")
        assert found.blocks
        assert found.needs == "both"
        assert found.command == "du -sh ~/ttgpt/*"

    def test_with_room_for_some_presets(self, host: HostBuilder) -> None:
        host.changes["free_space"] = lambda path: GIB
        found = find(host, "data.space")
        assert found.status == "warn"
        assert "fewer checkpoints" in found.next_step

    def test_that_cannot_be_written(self, host: HostBuilder) -> None:
        host.home.rmdir()
        host.put(host.home, "a file")
        found = find(host, "data.home")
        assert found.blocks
        assert "TTGPT_HOME" in found.next_step

    @pytest.mark.parametrize("kind", ["nfs4", "fuse.sshfs"])
    def test_of_the_network(self, host: HostBuilder, kind: str) -> None:
        mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/home {host.user_home} {kind} rw 0 0\n"
        host.put("/proc/mounts", mounts)
        found = find(host, "data.disk")
        assert found.what == f"runs lie on a network file system ({kind})"
        assert "TTGPT_HOME" in found.next_step

    def test_of_the_network_under_the_kernel_cache(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        built.put("/proc/mounts", f"server:/home {built.user_home} nfs rw 0 0\n")
        found = find(built, "data.cache")
        assert found.status == "warn"
        assert found.apply == {"worker.env.TT_METAL_CACHE": "/var/tmp/ttgpt-1000/tt-metal"}

    def test_with_a_damaged_text(self, host: HostBuilder) -> None:
        host.put(host.home / "data/mine/meta.json", "{")
        found = find(host, "data.sets")
        assert found.status == "warn"
        assert found.next_step.startswith("Prepare it again")


class TestTerminal:
    def test_of_a_pipe(self, host: HostBuilder) -> None:
        host.changes["terminal"] = None
        for check in ("size", "colours", "encoding", "glyphs"):
            assert find(host, f"terminal.{check}").status == "skip"

    @pytest.mark.parametrize(
        ("size", "status"), [((59, 30), "warn"), ((70, 20), "warn"), ((120, 40), "pass")]
    )
    def test_size(self, host: HostBuilder, size: tuple[int, int], status: str) -> None:
        host.changes["terminal"] = size
        assert find(host, "terminal.size").status == status

    @pytest.mark.parametrize(
        ("environ", "what"),
        [
            ({"TERM": "dumb"}, "TERM is dumb"),
            ({"TERM": "xterm", "COLORTERM": "truecolor"}, "16 million colours"),
            ({"TERM": "xterm", "NO_COLOR": "1"}, "no colours, as NO_COLOR asks"),
            ({"TERM": "linux"}, "16 colours"),
        ],
    )
    def test_colours(self, host: HostBuilder, environ: dict[str, str], what: str) -> None:
        host.environ.update(environ)
        assert find(host, "terminal.colours").what == what

    def test_that_is_not_utf8(self, host: HostBuilder) -> None:
        host.environ["LC_ALL"] = "C"
        found = find(host, "terminal.encoding")
        assert found.status == "warn"
        assert found.command == "export LC_ALL=C.UTF-8"

    def test_glyphs_ask_the_person(self, host: HostBuilder) -> None:
        found = find(host, "terminal.glyphs")
        assert "\u28ff" in found.what
        assert found.apply == {"marker": "ascii"}

    def test_in_a_tmux_that_delays_escape(self, host: HostBuilder) -> None:
        host.environ |= {"TMUX": "/tmp/tmux,1,0", "TERM": "screen"}
        host.script("tmux", 'case "$3" in escape-time) echo 500;; *) echo off;; esac')
        found = find(host, "terminal.tmux")
        assert found.status == "warn"
        assert found.command.splitlines() == [
            "tmux set -s escape-time 20",
            "tmux set -s set-clipboard on",
            "tmux set -g default-terminal tmux-256color",
        ]
        host.environ["TERM"] = "tmux-256color"
        host.script("tmux", 'case "$3" in escape-time) echo 10;; *) echo on;; esac')
        assert find(host, "terminal.tmux").status == "pass"

    def test_in_a_tmux_that_does_not_answer(self, host: HostBuilder) -> None:
        host.environ["TMUX"] = "/tmp/tmux,1,0"
        host.script("tmux", "echo no server; exit 1")
        assert find(host, "terminal.tmux").status == "pass"
        host.remove(host.root / "usr/bin/tmux")
        host.environ["PATH"] = os.devnull
        assert find(host, "terminal.tmux").status == "skip"
