"""The doctor against the true ttnn wheel, with mock cards: no stand-in for what it prints.

Run by `make test-real-ttnn`, which builds an environment for it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts import SFPI, HostBuilder, find, no_card

PYTHON = os.environ.get("TTGPT_REAL_TTNN_PYTHON", "")
MOCKS = Path(__file__).parents[4] / "shared" / "data" / "mock_cards"
MOCK = "TT_METAL_MOCK_CLUSTER_DESC_PATH"

pytestmark = [
    pytest.mark.real_ttnn,
    pytest.mark.skipif(
        not PYTHON, reason="NOT RUN: needs the ttnn wheel; `make test-real-ttnn` installs it"
    ),
    pytest.mark.skipif(
        not MOCKS.is_dir(), reason=f"NOT RUN: the descriptions of mock cards are not at {MOCKS}"
    ),
]


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    built = no_card(tmp_path)
    built.changes["python"] = PYTHON
    del built.environ["PYTHONPATH"]
    return built


@pytest.mark.parametrize(
    ("card", "seen"),
    [
        ("n150", "1 chip, wormhole_b0 (N150)"),
        ("n300", "2 chips, wormhole_b0 (N300)"),
        ("p150", "1 chip, blackhole (P150)"),
    ],
)
def test_a_mock_card_is_counted_and_called_not_real(
    host: HostBuilder, card: str, seen: str
) -> None:
    host.environ[MOCK] = str(MOCKS / f"{card}.yaml")
    found = find(host, "software.devices")
    assert (found.status, found.what) == ("warn", f"ttnn sees {seen}, not real")
    real = find(host, "software.real")
    assert (real.status, real.command) == ("warn", f"unset {MOCK}")


def test_the_wheel_is_found_and_loads(host: HostBuilder) -> None:
    assert find(host, "software.ttnn").what == "ttnn 0.81.1 found"
    found = find(host, "software.ttnn_loads")
    assert found.status == "pass"
    assert "ttnn/__init__.py" in found.evidence


def test_a_mock_file_that_is_missing(host: HostBuilder) -> None:
    host.environ[MOCK] = "/nonexistent.yaml"
    assert find(host, "software.devices").what == "the mock cluster's file is missing"


def test_opening_without_the_compiler(host: HostBuilder) -> None:
    host.environ[MOCK] = str(MOCKS / "n150.yaml")
    assert find(host, "software.sfpi").what == "the SFPI compiler is not found"
    found = find(host, "software.opens")
    assert found.blocks
    assert found.command == "sudo apt install sfpi"


@pytest.mark.parametrize("card", ["n150", "n300", "p150"])
def test_opening_with_a_stand_in_for_the_compiler(host: HostBuilder, card: str) -> None:
    """Its version line alone lets ttnn take the firmware that the wheel brings compiled."""
    wheel = Path(find(host, "software.ttnn").evidence)
    root = host.root / "ttnn"
    (root / "runtime").mkdir(parents=True)
    for entry in (*wheel.iterdir(), *(wheel / "runtime").iterdir()):
        place = root / entry.relative_to(wheel)
        if not place.exists():
            place.symlink_to(entry)
    compiler = "runtime/sfpi/compiler/bin/riscv-tt-elf-g++"
    line = f"riscv-tt-elf-g++ (tenstorrent/sfpi:{SFPI}[1050]) 15.1.0"
    host.put(root / compiler, f"#!/bin/sh\necho '{line}'\n", 0o755)
    host.environ |= {MOCK: str(MOCKS / f"{card}.yaml"), "TT_METAL_RUNTIME_ROOT": str(root)}
    assert find(host, "software.sfpi_version").status == "pass"
    found = find(host, "software.opens")
    assert (found.status, found.what.partition(":")[0]) == ("pass", "opened and closed")
    assert "not real" in found.what


@pytest.mark.parametrize("value", ["7", "abc"])
def test_visible_devices_that_are_not_there(host: HostBuilder, value: str) -> None:
    host.environ |= {MOCK: str(MOCKS / "n150.yaml"), "TT_VISIBLE_DEVICES": value}
    assert find(host, "software.devices").command == "unset TT_VISIBLE_DEVICES"


def test_a_runtime_root_that_is_wrong(host: HostBuilder) -> None:
    host.environ |= {MOCK: str(MOCKS / "n150.yaml"), "TT_METAL_RUNTIME_ROOT": "/nonexistent"}
    assert find(host, "software.root").command == "unset TT_METAL_RUNTIME_ROOT"
    assert find(host, "software.opens").what == "tt-metal does not find its own files"


def test_an_unbuilt_tree_on_the_path(host: HostBuilder) -> None:
    host.package("ttnn", "import ttnn._ttnn", folder=host.tree / "ttnn")
    host.environ["PYTHONPATH"] = str(host.tree / "ttnn")
    found = find(host, "software.ttnn_loads")
    assert found.what == "ttnn is an unbuilt tree, or of another Python"


def test_no_card_at_all(host: HostBuilder) -> None:
    """With a driver and a node that are not real, ttnn says its one sentence."""
    host.card(0, "n150", 0x401E)
    host.driver()
    found = find(host, "software.opens")
    assert found.what == "ttnn sees no chip"
    assert "first card check that fails" in found.next_step
