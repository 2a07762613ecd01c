from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ttgpt.engine.presets import names


def test_list_names_every_preset(call: Callable[..., Any]) -> None:
    result = call("presets")
    assert result.code == 0
    shown = [line.split()[0] for line in result.out.splitlines()[1:] if line]
    assert shown[: len(names())] == names()


def test_list_as_json(call: Callable[..., Any]) -> None:
    found = call("presets", "--json").document["presets"]
    assert [one["name"] for one in found] == names()
    assert all(set(one) == {"name", "title", "summary", "expect"} for one in found)


def test_show_gives_every_value(call: Callable[..., Any]) -> None:
    result = call("presets", "show", "demo")
    assert result.code == 0
    assert "n_layer:" in result.out
    config = call("presets", "show", "demo", "--json").document["config"]
    assert set(config) == {"model", "train", "data", "sample"}


def test_show_reads_a_file_of_ones_own(call: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\nsummary: s\nexpect: e\nmodel: {n_lyer: 2}\n")
    result = call("presets", "show", str(path))
    assert result.code == 2
    assert "mine" in result.err


def test_an_unknown_preset_is_told_with_the_nearest(call: Callable[..., Any]) -> None:
    result = call("presets", "show", "dmo")
    assert result.code == 2
    assert "why    Did you mean demo?" in result.err
