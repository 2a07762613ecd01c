"""The worker's environment: computed, overridden by what is exported and by what is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import HostBuilder, healthy, no_card

from ttgpt.engine.doctor import worker_environment
from ttgpt.engine.doctor.environment import full_environment, probe_environment
from ttgpt.engine.worker_settings import WorkerSettings


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return healthy(tmp_path)


def test_without_a_card_it_is_the_callers(tmp_path: Path) -> None:
    built = no_card(tmp_path)
    assert worker_environment(built.host()) == {}
    assert full_environment(built.host()) == built.environ


def test_with_a_card_and_a_tree_everything_is_there(host: HostBuilder) -> None:
    given = worker_environment(host.host())
    tree = str(host.tree)
    assert given["TT_METAL_HOME"] == given["TT_METAL_RUNTIME_ROOT"] == tree
    assert given["TT_METAL_ARCH_NAME"] == "wormhole_b0"
    assert given["TT_LOGGER_LEVEL"] == "error"
    assert given["LD_LIBRARY_PATH"] == f"{tree}/build/lib"
    assert given["PYTHONPATH"].split(":")[0] == f"{tree}/tt-train/sources/ttml"
    assert given["PYTHONPATH"].endswith(host.environ["PYTHONPATH"])
    assert given["TT_METAL_CACHE"].startswith(str(host.home))
    assert given["TT_METAL_LOGS_PATH"].startswith(str(host.home))


def test_a_folder_of_the_tree_is_not_added_under_its_other_name(host: HostBuilder) -> None:
    real = host.user_home / "big-disk"
    host.tree.rename(real)
    host.tree.symlink_to(real)
    python = host.tree / "python_env/bin/python"
    host.put(python, mode=0o755)
    ttml = real / "tt-train/sources/ttml"
    host.put(host.tree / "python_env/lib/python3.10/site-packages/ttml.pth", f"{ttml}\n")
    host.worker = WorkerSettings(python=str(python))
    assert "PYTHONPATH" not in worker_environment(host.host())


def test_torch_gets_nothing_of_it(host: HostBuilder) -> None:
    assert worker_environment(host.host(), "torch") == {}
    host.changes["backend"] = "torch"
    assert worker_environment(host.host()) == {}


def test_what_is_exported_stays(host: HostBuilder) -> None:
    host.environ["TT_METAL_CACHE"] = "/mine"
    assert "TT_METAL_CACHE" not in worker_environment(host.host())
    assert full_environment(host.host())["TT_METAL_CACHE"] == "/mine"


def test_what_is_saved_wins(host: HostBuilder) -> None:
    host.environ["TT_METAL_CACHE"] = "/mine"
    host.worker = WorkerSettings(env={"TT_METAL_CACHE": "/saved", "TT_LOGGER_LEVEL": "info"})
    given = full_environment(host.host())
    assert (given["TT_METAL_CACHE"], given["TT_LOGGER_LEVEL"]) == ("/saved", "info")


def test_an_empty_saved_value_takes_a_variable_out(host: HostBuilder) -> None:
    host.environ["LD_PRELOAD"] = "/x.so"
    host.worker = WorkerSettings(env={"LD_PRELOAD": "", "TT_METAL_ARCH_NAME": ""})
    given = full_environment(host.host())
    assert "LD_PRELOAD" not in given
    assert "TT_METAL_ARCH_NAME" not in given


def test_an_empty_exported_value_stays_what_it_is(host: HostBuilder) -> None:
    host.environ["TT_VISIBLE_DEVICES"] = ""  # set but empty hides every card
    assert full_environment(host.host())["TT_VISIBLE_DEVICES"] == ""


def test_two_kinds_of_chips_have_no_common_architecture(host: HostBuilder) -> None:
    host.card(5, "p150a", 0xB140)
    assert "TT_METAL_ARCH_NAME" not in worker_environment(host.host())


def test_the_ulfm_build_of_openmpi_comes_before_the_systems(host: HostBuilder) -> None:
    folder = host.put("/opt/openmpi-v5.0.7-ulfm/lib/libmpi.so").parent
    host.environ["LD_LIBRARY_PATH"] = "/usr/lib/openmpi"
    expected = f"{host.tree}/build/lib:{folder}:/usr/lib/openmpi"
    assert worker_environment(host.host())["LD_LIBRARY_PATH"] == expected


def test_a_probe_is_silent_and_does_not_abort(host: HostBuilder) -> None:
    host.environ["TT_ASSERT_ABORT"] = "1"
    asked = probe_environment(host.host())
    assert "TT_ASSERT_ABORT" not in asked
    assert asked["TT_LOGGER_LEVEL"] == "off"
    assert asked["LOGURU_LEVEL"] == "ERROR"
