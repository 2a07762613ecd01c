"""tt-metal's variables, version and compiler that are wrong: each finding's next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import SFPI, HostBuilder, find, healthy, no_card

from ttgpt.engine.doctor import worker_environment
from ttgpt.engine.doctor.environment import full_environment
from ttgpt.engine.worker_settings import WorkerSettings, load_worker
from ttgpt.tui.settings import apply_settings

ROOT = "TT_METAL_RUNTIME_ROOT"
COMPILER = "/opt/tenstorrent/sfpi/compiler/bin/riscv-tt-elf-g++"


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return healthy(tmp_path)


class TestRuntimeRoot:
    def test_is_computed_where_it_is_not_set(self, host: HostBuilder) -> None:
        assert worker_environment(host.host())[ROOT] == str(host.tree)
        assert find(host, "software.root").what == f"{ROOT} is not set; the worker gets it"

    def test_that_is_wrong_is_mended_by_apply(self, host: HostBuilder) -> None:
        host.environ[ROOT] = "/nonexistent"
        found = find(host, "software.root")
        assert found.blocks
        assert found.what == f"{ROOT} leads nowhere"
        assert found.next_step == "Let the worker have ~/tt-metal."
        assert found.command == f"unset {ROOT}"
        host.worker = apply_settings(host.home, found.apply).worker
        assert worker_environment(host.host())[ROOT] == str(host.tree)
        assert find(host, "software.root").status == "pass"

    def test_that_is_wrong_beside_a_wheel_is_to_be_unset(self, host: HostBuilder) -> None:
        host.remove(host.tree)
        host.environ[ROOT] = "/nonexistent"
        found = find(host, "software.root")
        assert found.next_step == "Unset it."
        assert found.command == f"unset {ROOT}"
        host.worker = apply_settings(host.home, found.apply).worker
        assert load_worker(host.home) == host.worker
        assert ROOT not in full_environment(host.host())
        assert not find(host, "software.root").blocks

    def test_that_was_saved_wrong_is_taken_out_by_apply(self, host: HostBuilder) -> None:
        host.remove(host.tree)
        apply_settings(host.home, {f"worker.env.{ROOT}": "/nonexistent"})
        host.worker = WorkerSettings(env={ROOT: "/nonexistent"})
        found = find(host, "software.root")
        assert found.command == ""
        host.worker = apply_settings(host.home, found.apply).worker
        assert ROOT not in worker_environment(host.host())


def test_a_home_that_is_gone(host: HostBuilder) -> None:
    host.environ["TT_METAL_HOME"] = "/nonexistent"
    found = find(host, "software.home")
    assert found.status == "warn"
    assert found.apply == {"worker.env.TT_METAL_HOME": str(host.tree)}


def test_the_wrong_architecture(tmp_path: Path) -> None:
    built = healthy(tmp_path, "p150")
    assert worker_environment(built.host())["TT_METAL_ARCH_NAME"] == "blackhole"
    built.environ["TT_METAL_ARCH_NAME"] = "wormhole_b0"
    found = find(built, "software.arch")
    assert found.blocks
    assert found.apply == {"worker.env.TT_METAL_ARCH_NAME": "blackhole"}
    built.worker = WorkerSettings(env={"TT_METAL_ARCH_NAME": "blackhole"})
    assert find(built, "software.arch").status == "pass"


@pytest.mark.parametrize(
    ("value", "status"),
    [("", "fail"), ("7", "fail"), ("abc", "fail"), ("0", "pass"), ("0000:01:00", "pass")],
)
def test_visible_devices(host: HostBuilder, value: str, status: str) -> None:
    host.environ["TT_VISIBLE_DEVICES"] = value
    found = find(host, "software.visible")
    assert found.status == status
    if status == "fail":
        assert found.command == "unset TT_VISIBLE_DEVICES"


def test_a_mesh_descriptor_that_is_gone(tmp_path: Path) -> None:
    built = healthy(tmp_path, "n300")
    assert find(built, "software.mesh").what == "2 chips; no mesh descriptor is set"
    built.environ["TT_MESH_GRAPH_DESC_PATH"] = "/nonexistent.yaml"
    found = find(built, "software.mesh")
    assert found.status == "warn"
    assert "fabric router sync timeout" in found.why
    built.environ["TT_MESH_GRAPH_DESC_PATH"] = str(built.put("/mesh.yaml"))
    assert find(built, "software.mesh").status == "pass"


class TestCompiler:
    def test_missing(self, host: HostBuilder) -> None:
        host.remove("/opt/tenstorrent")
        found = find(host, "software.sfpi")
        assert found.blocks
        assert found.command == "sudo apt install sfpi"
        assert str(host.tree / "runtime/sfpi") in found.evidence
        assert find(host, "software.sfpi_version").status == "skip"

    def test_a_folder_without_the_program_is_none(self, host: HostBuilder) -> None:
        host.remove(COMPILER)
        assert find(host, "software.sfpi").what == "the SFPI compiler is not found"

    def test_in_the_tree_is_enough(self, host: HostBuilder) -> None:
        host.remove("/opt/tenstorrent")
        host.put(host.tree / "runtime/sfpi/compiler/bin/riscv-tt-elf-g++", "#!/bin/sh\n", 0o755)
        assert find(host, "software.sfpi").status == "pass"

    def test_not_executable(self, host: HostBuilder) -> None:
        (host.root / COMPILER.lstrip("/")).chmod(0o644)
        found = find(host, "software.sfpi")
        assert found.blocks
        assert found.command.startswith("sudo chmod -R a+rX ")
        assert "Permission denied" in found.why

    def test_of_another_version(self, host: HostBuilder) -> None:
        host.compiler("7.1.0")
        found = find(host, "software.sfpi_version")
        assert found.status == "warn"
        assert found.next_step == f"Install version {SFPI} of sfpi."
        assert "7.1.0" in found.evidence

    def test_a_version_that_begins_alike_is_another(self, host: HostBuilder) -> None:
        host.compiler(f"{SFPI}9")
        assert find(host, "software.sfpi_version").status == "warn"

    def test_that_crashes(self, host: HostBuilder) -> None:
        host.put(COMPILER, "#!/bin/sh\nkill -SEGV $$\n", 0o755)
        found = find(host, "software.sfpi_version")
        assert "crashed (SIGSEGV)" in found.evidence


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ("v0.65.1", "fail"),
        ("v0.66.0-rc5-12-gabc", "warn"),
        ("v0.75.0", "pass"),
        ("v0.99.0", "warn"),
        ("fatal: not a git repository", "skip"),
    ],
)
def test_the_version_of_tt_metal(host: HostBuilder, tag: str, status: str) -> None:
    host.script("git", f"echo '{tag}'")
    found = find(host, "software.metal")
    assert found.status == status
    if status == "fail":
        assert found.command.startswith("cd ~/tt-metal && git fetch --tags")


def test_no_tt_smi(host: HostBuilder) -> None:
    host.remove("/usr/bin/tt-smi")
    found = find(host, "software.tt_smi")
    assert found.status == "warn"
    assert found.command == "pip install tt-smi"
    host.put(host.user_home / ".local/bin/tt-smi")
    assert find(host, "software.tt_smi").status == "pass"


def test_what_the_worker_is_given_is_shown_without_secrets(tmp_path: Path) -> None:
    built = no_card(tmp_path)
    built.worker = WorkerSettings(env={"MY_API_TOKEN": "hunter2hunter2", "OMP_NUM_THREADS": "4"})
    found = find(built, "software.given")
    assert found.what == "the worker gets 2 variables of its own"
    assert "OMP_NUM_THREADS=4" in found.evidence
    assert "hunter2" not in found.evidence
