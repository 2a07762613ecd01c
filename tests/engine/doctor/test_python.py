"""The interpreter of the worker: which one is chosen, and what may be wrong with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hosts import HostBuilder, find, healthy, no_card

from ttgpt.engine.doctor import choose_python, find_pythons
from ttgpt.engine.worker_settings import WorkerSettings

NEEDED = ("numpy", "yaml", "platformdirs", "safetensors")


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return no_card(tmp_path)


def environment(folder: Path, *packages: str) -> str:
    """Make what looks like an environment: its interpreter is the one that runs the tests."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    for package in packages:
        (folder / "lib/python3.10/site-packages" / package).mkdir(parents=True)
    return str(python)


class TestChoice:
    def test_is_our_own_without_a_card(self, host: HostBuilder) -> None:
        environment(host.tree / "python_env", *NEEDED, "ttml/autograd")
        assert choose_python(host.host()) == sys.executable

    def test_is_the_one_that_has_ttml(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        built.environ["TT_METAL_HOME"] = str(built.user_home / "other")
        installer = environment(built.user_home / ".tenstorrent-venv", *NEEDED, "ttml/autograd")
        environment(built.user_home / "other/python_env", *NEEDED, "ttml")  # the unrelated one
        assert choose_python(built.host()) == installer
        assert choose_python(built.host(), "torch") == sys.executable
        assert [p.source for p in find_pythons(built.host())] == [
            "this program's",
            "$TT_METAL_HOME",
            "tt-installer's",
        ]

    def test_is_no_interpreter_that_lacks_what_the_worker_needs(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        python = environment(built.user_home / ".tenstorrent-venv", "ttml/autograd")
        assert choose_python(built.host()) == sys.executable
        assert choose_python(built.host(), "ttml") == python  # asked for: then told what it lacks

    def test_is_found_by_a_path_file(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        python = environment(built.tree / "python_env", *NEEDED)
        (built.user_home / "src/ttml/autograd").mkdir(parents=True)
        site = built.tree / "python_env/lib/python3.10/site-packages"
        (site / "ttml.pth").write_text(f"{built.user_home / 'src'}\n")
        built.remove(built.tree / "tt-train")
        assert choose_python(built.host()) == python

    def test_is_found_in_a_tree_that_goes_by_two_names(self, tmp_path: Path) -> None:
        built = healthy(tmp_path)
        real = built.user_home / "big-disk"
        built.tree.rename(real)
        built.tree.symlink_to(real)
        environment(real / "python_env", *NEEDED)
        built.worker = WorkerSettings(env={"TT_METAL_HOME": str(real)})
        assert choose_python(built.host()) == str(built.tree / "python_env/bin/python")

    def test_is_what_was_set(self, host: HostBuilder) -> None:
        host.worker = WorkerSettings(python="~/mine/bin/python")
        assert choose_python(host.host()) == str(host.user_home / "mine/bin/python")


class TestInterpreter:
    def test_that_is_not_there(self, host: HostBuilder) -> None:
        host.worker = WorkerSettings(python="/nonexistent/python")
        found = find(host, "software.python")
        assert found.blocks
        assert found.apply == {"worker.python": ""}
        assert "worker.python" in found.next_step

    def test_that_is_no_python(self, host: HostBuilder) -> None:
        host.worker = WorkerSettings(python=str(host.script("fake", "echo hello")))
        found = find(host, "software.python")
        assert found.blocks
        assert found.what == "the worker's interpreter ended with status 0"
        assert "hello" in found.evidence
        assert find(host, "software.torch").status == "skip"
        assert find(host, "software.packages").status == "skip"

    def test_that_is_too_old(self, host: HostBuilder) -> None:
        answer = '{"version": "3.8.18", "packages": {}}'
        script = host.script("old", f"echo; echo \"@@PROBE $TTGPT_PROBE \"'{answer}'")
        host.worker = WorkerSettings(python=str(script))
        found = find(host, "software.python")
        assert found.blocks
        assert found.what == "the worker's Python is 3.8.18, 3.10 is needed"

    def test_that_lacks_packages(self, host: HostBuilder) -> None:
        answer = '{"version": "3.12.1", "packages": {"numpy": {"folder": "/n"}}}'
        script = host.script("bare", f"echo; echo \"@@PROBE $TTGPT_PROBE \"'{answer}'")
        host.worker = WorkerSettings(python=str(script))
        found = find(host, "software.packages")
        assert found.blocks
        assert found.command.endswith("-m pip install pyyaml platformdirs safetensors")


@pytest.mark.parametrize("check", ["software.ttnn", "software.ttml"])
def test_an_interpreter_with_ttml_that_lacks_one_package_is_to_get_it(
    tmp_path: Path, check: str
) -> None:
    built = healthy(tmp_path)
    built.remove(built.tree / "ttnn")
    built.remove(built.tree / "tt-train")
    python = environment(
        built.user_home / ".tenstorrent-venv",
        "numpy",
        "platformdirs",
        "safetensors",
        "ttml/autograd",
    )
    found = find(built, check)
    assert found.blocks
    assert found.command == f"{built.host().typed(python)} -m pip install pyyaml"
    built.changes["backend"] = "torch"
    assert "pyyaml" not in find(built, check).command


class TestTorch:
    def test_absent(self, host: HostBuilder) -> None:
        answer = '{"version": "3.12.1", "packages": {"torch": null}}'
        script = host.script("bare", f"echo; echo \"@@PROBE $TTGPT_PROBE \"'{answer}'")
        host.worker = WorkerSettings(python=str(script))
        found = find(host, "software.torch")
        assert found.blocks
        assert found.needs == "cpu"
        assert found.command.endswith("-m pip install torch")

    def test_that_does_not_load(self, host: HostBuilder) -> None:
        host.package("torch", "raise OSError('libtorch_cpu.so: cannot open shared object file')")
        found = find(host, "software.torch")
        assert found.blocks
        assert "libtorch_cpu.so" in found.why
        assert found.command.endswith("--force-reinstall")
        assert find(host, "software.gpu").status == "skip"

    def test_that_sees_a_gpu(self, host: HostBuilder) -> None:
        torch = host.site / "torch/__init__.py"
        code = torch.read_text().replace("False", "True").replace(": 0", ": 2")
        code = code.replace("class cuda:", "class cuda:\n    get_device_name = lambda i: 'Fast 9'")
        torch.write_text(code)
        assert find(host, "software.gpu").what == "PyTorch sees 3 GPUs: Fast 9"

    def test_that_does_not_see_the_gpu_that_is_there(self, host: HostBuilder) -> None:
        host.put("/dev/nvidia0")
        found = find(host, "software.gpu")
        assert found.status == "warn"
        assert "pytorch.org" in found.next_step


def test_another_environment_than_the_activated_one(host: HostBuilder) -> None:
    host.environ["VIRTUAL_ENV"] = "/somewhere/else"
    found = find(host, "software.venv")
    assert found.what == "the worker runs in another environment than yours"
    assert found.status == "pass"


def test_asking_leaves_no_trace(host: HostBuilder) -> None:
    before = sorted(os.walk(host.root))
    find(host, "software.torch")
    assert sorted(os.walk(host.root)) == before
