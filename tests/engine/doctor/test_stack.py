"""ttnn and ttml that are missing, mixed up or somebody else's: each finding's next step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts import HostBuilder, find, healthy, no_card

from ttgpt.engine.doctor.checks.ttnn import loading_failed
from ttgpt.engine.doctor.probe import Outcome
from ttgpt.engine.doctor.visit import Visit
from ttgpt.engine.worker_settings import WorkerSettings

REBUILD = "cd ~/tt-metal && ./build_metal.sh --build-tt-train"
MIXED = (
    "/opt/x/ttnn/_ttnn.cpython-310-x86_64-linux-gnu.so: undefined symbol: "
    "_ZN2tt8tt_metal15LayerAckService5checkEv"
)
NO_CHIPS = """\
TT_FATAL @ /project/tt_metal/llrt/tt_cluster.cpp:129: num_chips > 0
info:
No chips detected in the cluster
backtrace:
 --- tt::Cluster::Cluster()
"""


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return healthy(tmp_path)


def ttnn_that(host: HostBuilder, code: str) -> None:
    host.package("ttnn", code, folder=host.tree / "ttnn")


def ttml_that(host: HostBuilder, code: str) -> None:
    host.package("ttml", code, folder=host.tree / "tt-train/sources/ttml")


def without_ttml(host: HostBuilder) -> None:
    host.remove(host.tree / "tt-train")


class TestTtnn:
    def test_absent(self, host: HostBuilder) -> None:
        host.remove(host.tree / "ttnn")
        found = find(host, "software.ttnn")
        assert found.blocks
        assert found.what.startswith("ttnn is not installed for Python 3.")
        assert found.command == REBUILD
        assert find(host, "software.ttnn_loads").status == "skip"

    def test_absent_where_no_tree_is_yet(self, host: HostBuilder) -> None:
        host.remove(host.tree)
        found = find(host, "software.ttnn")
        assert found.command.startswith("git clone --recurse-submodules ")
        assert found.command.endswith(f" ~/tt-metal && {REBUILD}")

    def test_absent_without_a_card_is_no_matter(self, tmp_path: Path) -> None:
        assert find(no_card(tmp_path), "software.ttnn").status == "skip"

    def test_only_a_folder_of_that_name(self, host: HostBuilder) -> None:
        host.remove(host.tree / "ttnn/ttnn/__init__.py")
        found = find(host, "software.ttnn")
        assert found.blocks
        assert found.what == "only a source folder named ttnn was found"
        assert found.next_step == "Build the checkout, or take it off PYTHONPATH."
        assert find(host, "software.ttnn_loads").status == "skip"  # it would load, without content

    @pytest.mark.parametrize(
        ("code", "what", "step"),
        [
            pytest.param(
                "import ttnn._ttnn",
                "ttnn is an unbuilt tree, or of another Python",
                "Build tt-metal with this Python",
                id="unbuilt",
            ),
            pytest.param(
                f"raise ImportError({MIXED!r})",
                "libraries of different builds are mixed",
                "Build again from a clean tree",
                id="mixed builds",
            ),
            pytest.param(
                "raise ImportError('libmpi.so: undefined symbol: MPIX_Comm_revoke')",
                "the wrong OpenMPI is found first",
                "Put the ULFM build first",
                id="wrong OpenMPI",
            ),
            pytest.param(
                "raise ImportError('libtt_metal.so: cannot open shared object file')",
                "a library of tt-metal cannot be opened",
                "LD_LIBRARY_PATH",
                id="moved tree",
            ),
            pytest.param(
                'raise ImportError("libc.so.6: version `GLIBC_2.34\' not found")',
                "ttnn needs a newer glibc than this system's",
                "Ubuntu 22.04",
                id="old system",
            ),
            pytest.param(
                "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
                "ttnn does not load: crashed (SIGSEGV)",
                "Build it again from a clean tree",
                id="crash",
            ),
            pytest.param(
                "raise RuntimeError('something new')",
                "ttnn does not load: RuntimeError",
                "Build it again from a clean tree",
                id="unknown",
            ),
        ],
    )
    def test_does_not_load(self, host: HostBuilder, code: str, what: str, step: str) -> None:
        ttnn_that(host, code)
        found = find(host, "software.ttnn_loads")
        assert found.blocks
        assert found.what == what
        assert step in found.next_step
        assert "./build_metal.sh" not in found.command or found.command == REBUILD

    def test_a_preloaded_library_is_named(self, host: HostBuilder) -> None:
        ttnn_that(host, f"raise ImportError({MIXED!r})")
        host.worker = WorkerSettings(env={"LD_PRELOAD": str(host.put("/none.so"))})
        found = find(host, "software.ttnn_loads")
        assert found.command == "unset LD_PRELOAD"
        assert "LD_PRELOAD=/" in found.evidence

    def test_that_hangs_is_given_up(
        self, host: HostBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ttgpt.engine.doctor.checks.ttnn.LOAD_SECONDS", 0.5)
        ttnn_that(host, "import time; time.sleep(1000)")
        found = find(host, "software.ttnn_loads")
        assert found.blocks
        assert found.what.startswith("ttnn does not finish loading")
        assert found.next_step.startswith("Run this check again")
        assert "reset" not in found.next_step

    def test_the_ulfm_build_of_openmpi_can_be_applied(self, host: HostBuilder) -> None:
        ttnn_that(host, "raise ImportError('undefined symbol: MPIX_Comm_revoke')")
        library = host.put("/opt/openmpi-v5.0.7-ulfm/lib/libmpi.so").parent
        found = find(host, "software.ttnn_loads")
        assert found.apply["worker.env.LD_LIBRARY_PATH"].startswith(str(library))


class TestTtml:
    def test_of_pypi_is_another_project(self, host: HostBuilder) -> None:
        without_ttml(host)
        package = host.package("ttml", "")
        for name in ("tt_cross.py", "tensor_train.py"):
            host.put(package / name)
        found = find(host, "software.ttml")
        assert found.blocks
        assert found.what == "this ttml is another project (tensor trains)"
        assert found.command.endswith("-m pip uninstall ttml")
        assert find(host, "software.ttml_loads").status == "skip"

    def test_of_nobody_known(self, host: HostBuilder) -> None:
        without_ttml(host)
        host.package("ttml", "")
        found = find(host, "software.ttml")
        assert found.blocks
        assert "Take it off the path" in found.next_step

    def test_absent(self, host: HostBuilder) -> None:
        without_ttml(host)
        found = find(host, "software.ttml")
        assert found.blocks
        assert "no package index has it" in found.why
        assert found.command == REBUILD

    def test_in_the_tree_but_not_on_the_path(self, host: HostBuilder) -> None:
        host.worker = WorkerSettings(env={"PYTHONPATH": str(host.site)})
        found = find(host, "software.ttml")
        assert found.blocks
        assert found.what == "ttml lies in the tree, but this Python does not see it"
        assert found.next_step.startswith("Use the tree's own Python")

    def test_not_built(self, host: HostBuilder) -> None:
        host.remove(host.tree / "tt-train/sources/ttml/ttml/_ttml.cpython-310-x86_64-linux-gnu.so")
        found = find(host, "software.ttml")
        assert found.blocks
        assert found.what == "ttml is there, but its extension is not built"
        assert found.command == REBUILD

    def test_built_into_the_build_folder(self, host: HostBuilder) -> None:
        host.remove(host.tree / "tt-train/sources/ttml/ttml/_ttml.cpython-310-x86_64-linux-gnu.so")
        host.put(host.tree / "build/tt-train/sources/ttml/_ttml.py")
        assert find(host, "software.ttml").status == "pass"

    @pytest.mark.parametrize(
        ("code", "what", "step"),
        [
            pytest.param(
                "raise RuntimeError('std::bad_cast')",
                "ttml and ttnn are of different builds",
                "Build ttnn and ttml together, from a clean tree.",
                id="bad_cast",
            ),
            pytest.param(
                "raise ImportError('failed to find ttnncpp.so')",
                "ttml and ttnn are of different builds",
                "Build ttnn and ttml together, from a clean tree.",
                id="no ttnncpp",
            ),
            pytest.param(
                "from . import _ttml",
                "ttml is there, but its extension is not built",
                "Build tt-metal with tt-train",
                id="no extension",
            ),
        ],
    )
    def test_does_not_load(self, host: HostBuilder, code: str, what: str, step: str) -> None:
        ttml_that(host, code)
        found = find(host, "software.ttml_loads")
        assert found.blocks
        assert found.what == what
        assert step in found.next_step

    def test_beside_an_installed_ttnn(self, host: HostBuilder) -> None:
        host.package("ttnn", "")
        found = find(host, "software.one_build")
        assert found.blocks
        assert "hides the one that ttml was built with" in found.what
        assert found.command.endswith("-m pip uninstall ttnn")

    def test_of_one_tree_that_goes_by_two_names(self, host: HostBuilder) -> None:
        real = host.user_home / "big-disk"
        host.tree.rename(real)
        host.tree.symlink_to(real)
        host.environ["PYTHONPATH"] = f"{host.site}:{real / 'ttnn'}"
        found = find(host, "software.one_build")
        assert (found.status, found.what) == ("pass", "ttnn and ttml come from one tree")


class TestPretendedDevice:
    MOCK = "TT_METAL_MOCK_CLUSTER_DESC_PATH"
    COUNTS = (
        "class cluster: get_cluster_type = staticmethod(lambda: 'ClusterType.N300')\n"
        "GetNumAvailableDevices = lambda: 2\n"
        "get_arch_name = lambda: 'wormhole_b0'\n"
    )

    def test_is_warned_of(self, host: HostBuilder) -> None:
        host.environ["TT_METAL_SIMULATOR"] = "/opt/sim/libttsim.so"
        found = find(host, "software.real")
        assert found.status == "warn"
        assert found.command == "unset TT_METAL_SIMULATOR"
        assert found.apply == {}

    def test_that_was_saved_can_be_taken_out(self, host: HostBuilder) -> None:
        host.worker = WorkerSettings(env={self.MOCK: "/x.yaml"})
        found = find(host, "software.real")
        assert found.command == ""
        assert found.apply == {f"worker.env.{self.MOCK}": ""}

    def test_is_counted_without_a_card(self, tmp_path: Path) -> None:
        built = no_card(tmp_path)
        built.environ[self.MOCK] = "/x.yaml"
        built.package("ttnn", self.COUNTS)
        found = find(built, "software.devices")
        assert found.status == "warn"
        assert found.what == "ttnn sees 2 chips, wormhole_b0 (N300), not real"

    def test_whose_file_is_missing(self, tmp_path: Path) -> None:
        built = no_card(tmp_path)
        built.environ[self.MOCK] = "/x.yaml"
        message = (
            "Cluster descriptor file does not exist at path: /x.yaml\n"
            "Location: /project/tt-umd/src/cluster_descriptor.cpp:125\n"
            " 1. /opt/ttnn/build/lib/libtt_metal.so(+0xcd72d6) [0x7f]\n"
        )
        built.package("ttnn", f"def GetNumAvailableDevices(): raise RuntimeError({message!r})")
        found = find(built, "software.devices")
        assert found.what == "the mock cluster's file is missing"
        assert "libtt_metal" not in found.evidence

    def test_a_real_one_is_never_counted(self, host: HostBuilder) -> None:
        ttnn_that(host, "def GetNumAvailableDevices(): raise SystemExit('opened')")
        assert find(host, "software.devices").status == "skip"


class TestDeepCheck:
    DEVICE = """
from pathlib import Path
import os
float32 = ROW_MAJOR_LAYOUT = 0
class Tensor:
    def to_numpy(self): return self
    def sum(self): return {total}
def open_device(device_id): return device_id
def close_device(device): Path(os.environ["TT_METAL_CACHE"], "closed").touch()
def full(shape, value, dtype, layout, device): return Tensor()
from_device = lambda tensor: tensor
get_arch_name = lambda: "wormhole_b0"
GetNumAvailableDevices = lambda: 1
"""

    def test_opens_uses_and_closes(self, host: HostBuilder) -> None:
        ttnn_that(host, self.DEVICE.format(total=1024.0))
        found = find(host, "software.opens")
        assert (found.status, found.what.partition(" (")[0]) == (
            "pass",
            "opened and closed: 1 chip, wormhole_b0",
        )
        assert (host.home / "cache/tt-metal/closed").exists()

    def test_closes_a_device_that_fails(self, host: HostBuilder) -> None:
        ttnn_that(host, self.DEVICE.format(total=1024.0).replace("return Tensor()", "return 1 / 0"))
        found = find(host, "software.opens")
        assert found.blocks
        assert found.what == "the device does not load: ZeroDivisionError"
        assert (host.home / "cache/tt-metal/closed").exists()

    def test_believes_the_numbers(self, host: HostBuilder) -> None:
        ttnn_that(host, self.DEVICE.format(total=0.0))
        found = find(host, "software.opens")
        assert found.blocks
        assert found.command == "tt-smi -r"

    def test_that_does_not_end_is_a_matter_of_the_card(self, host: HostBuilder) -> None:
        late = Outcome("late", seconds=120.0)
        visit = Visit(host.host())
        found = loading_failed(visit, "the device", late, "", opens_card=True)
        visit.end()
        assert "reset the cards" in found.next_step

    def test_explains_what_ttnn_says(self, host: HostBuilder) -> None:
        ttnn_that(host, f"def open_device(device_id): raise RuntimeError({NO_CHIPS!r})")
        found = find(host, "software.opens")
        assert found.what == "ttnn sees no chip"
        assert "first card check that fails" in found.next_step
        assert "backtrace" not in found.evidence

    def test_is_not_part_of_the_normal_pass(self, host: HostBuilder) -> None:
        ttnn_that(host, "def open_device(device_id): raise SystemExit('opened')")
        from ttgpt.engine.doctor import examine

        assert "software.opens" not in {f.id for f in examine(host.host())}

    def test_without_a_place_to_write_opens_nothing(self, host: HostBuilder) -> None:
        ttnn_that(host, self.DEVICE.format(total=1024.0))
        host.put(host.home / "cache", "a file")
        found = find(host, "software.opens")
        assert found.what == "not opened: there is no folder for what ttnn writes"
        assert os.listdir(host.home) == ["cache"]
