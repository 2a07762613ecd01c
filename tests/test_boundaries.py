"""Which part may import which: the contracts, and what a new interpreter truly loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for half in ("engine", "tui") for path in (ROOT / half).rglob("*.py"))
HEAVY = {
    "numpy", "torch", "textual", "rich", "safetensors", "plotext", "tokenizers", "ttnn", "ttml",
}  # fmt: skip
LIGHT = [
    "canonical", "cards.boards", "cards.layout", "checkpoints.folder", "checkpoints.info",
    "checkpoints.labels", "checkpoints.retention", "commands", "config", "convert",
    "data.advice", "data.analysis", "data.asking", "data.datasets", "data.download",
    "data.recipe", "data.sources", "data.tokenizer", "disk.atomic", "disk.folders",
    "disk.sealed", "disk.yaml_text", "doctor", "doctor.cards", "doctor.report", "doctor.reset",
    "errors", "estimate", "events", "home", "host.children", "host.locks", "host.memory",
    "host.processes", "own_presets", "presets", "runs.event_log", "runs.going_back",
    "runs.labels", "runs.rundir", "runs.starting", "runs.step_lines", "runs.tries",
    "runs.trying", "training.dial", "training.schedule", "wire", "worker.launch",
    "worker_settings",
]  # fmt: skip
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}

RESTRICTED = ROOT / "engine" / "stock" / "unpickle.py"
"""The one file that may: it calls nothing that a file names; see its tests."""


def loaded_by(code: str, tmp_path: Path) -> set[str]:
    """Give the top-level modules that a new interpreter has loaded after some code."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in json.loads(shown.stdout)}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_contracts_hold() -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    contracts = (ROOT / "pyproject.toml").read_text("utf-8").count("[tool.importlinter.contracts]")
    assert f"Contracts: {contracts} kept, 0 broken." in ended.stdout


def test_the_light_modules_load_nothing_heavy(tmp_path: Path) -> None:
    code = "import " + ", ".join(f"ttgpt.engine.{name}" for name in LIGHT)
    assert loaded_by(code, tmp_path) & HEAVY == set()


def test_the_app_loads_nothing_that_computes(tmp_path: Path) -> None:
    loaded = loaded_by("import ttgpt.tui.app, ttgpt.tui.cli", tmp_path)
    assert "textual" in loaded
    assert loaded & {"numpy", "torch", "safetensors", "ttnn", "ttml", "tokenizers"} == set()


def test_the_engine_loads_nothing_that_draws(tmp_path: Path) -> None:
    loaded = loaded_by(
        "import ttgpt.engine.worker.__main__, ttgpt.engine.training.trainer", tmp_path
    )
    assert "numpy" in loaded
    assert loaded & {"textual", "rich", "plotext", "click"} == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_by_the_rules(path: Path) -> None:
    half, *below = path.relative_to(ROOT).parts
    for name in imports(path):
        up = len(name) - len(name.lstrip("."))
        assert up <= len(below), "write ttgpt.… to reach the other half"
        head = name.split(".")[0]
        assert head not in UNPICKLERS or path == RESTRICTED, f"{name} can run a stranger's code"
        assert head not in {"engine", "tui"}, "write ttgpt.engine, or a relative import"
        if head == "ttgpt":
            assert name.split(".")[1:2] != [half], "relative imports inside a half"


def test_the_rules_see_what_breaks_them(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import os, pickle as p\nif 1:\n    from ttgpt.tui import x\n")
    assert list(imports(tmp_path / "bad.py")) == ["os", "pickle", "ttgpt.tui"]


def test_no_weights_are_unpickled() -> None:
    """`torch.load` and numpy's `allow_pickle` run code out of a file; weights are safetensors."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"torch.load", "torch.save", "eval", "exec"}, path
                assert called not in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}, path
                assert not any(
                    keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"
                    for keyword in node.keywords
                ), path
