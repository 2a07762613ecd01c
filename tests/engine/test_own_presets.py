from __future__ import annotations

from pathlib import Path

import pytest
from support import tiny_preset

from ttgpt.engine import own_presets, presets
from ttgpt.engine.errors import DataError, UsageError


def test_a_saved_preset_is_found_by_its_name(home: Path) -> None:
    config = tiny_preset().config.with_settings({"train.lr": "0.005"})
    path = own_presets.save(home, "mine", config, tiny_preset())
    assert own_presets.names(home) == ["mine"]
    found = own_presets.find(home, "mine")
    assert found.config == config
    assert found.text == path.read_text()
    assert [preset.name for preset in own_presets.load_all(home)] == ["mine"]
    own_presets.delete(home, "mine")
    assert own_presets.names(home) == []
    with pytest.raises(DataError):
        own_presets.delete(home, "mine")


def test_shipped_ones_and_files_are_found_too(home: Path, tmp_path: Path) -> None:
    assert own_presets.find(home, "demo") == presets.load("demo")
    path = tmp_path / "other.yaml"
    path.write_text(tiny_preset().text)
    assert own_presets.find(home, str(path)).config == tiny_preset().config
    own_presets.save(home, "mine", tiny_preset().config, tiny_preset())
    with pytest.raises(UsageError, match="Did you mean mine"):
        own_presets.find(home, "mime")


@pytest.mark.parametrize("name", ["demo", "", "a/b", "../x", ".x", "x" * 80, "a\nb"])
def test_names_that_cannot_be(home: Path, name: str) -> None:
    with pytest.raises(UsageError):
        own_presets.save(home, name, tiny_preset().config, tiny_preset())


def test_a_broken_one_does_not_hide_the_others(home: Path) -> None:
    own_presets.save(home, "good", tiny_preset().config, tiny_preset())
    (home / "presets" / "bad.yaml").write_text("title: [")
    assert [preset.name for preset in own_presets.load_all(home)] == ["good"]
    with pytest.raises(UsageError):
        own_presets.find(home, "bad")
