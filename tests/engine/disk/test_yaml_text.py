"""YAML that people write: no line of it may be lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttgpt.engine.disk import yaml_text
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.presets import parse
from ttgpt.engine.worker_settings import read_file


def test_it_reads_plain_values() -> None:
    text = "a: 1\nb: {c: [x, y]}\nbase: &base {d: 2, e: 3}\nf: {<<: *base, d: 4}\n"
    read = yaml_text.load(text)
    assert read["b"] == {"c": ["x", "y"]}
    assert read["f"] == {"d": 4, "e": 3}  # what was merged in may be given anew


@pytest.mark.parametrize(
    ("text", "line"),
    [("lr: 1\nseed: 2\nlr: 3\n", 3), ("train:\n  lr: 1\n  lr: 1\n", 3), ("{a: 1, 'a': 2}", 1)],
)
def test_a_key_given_twice_is_an_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(yaml_text.YAML_ERRORS) as caught:
        yaml_text.load(text)
    assert yaml_text.why(caught.value).startswith(f"Line {line}: ")
    assert "is given again" in yaml_text.why(caught.value)


def test_presets_and_settings_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Line 3: title is given again, after line 1\."):
        parse("mine", "title: A\nsummary: B\ntitle: C\n")
    (tmp_path / "settings.yaml").write_text("mouse: off\nmouse: on\n")
    with pytest.raises(DataError, match=r"Line 2: mouse is given again, after line 1\."):
        read_file(tmp_path)


def test_nothing_in_it_runs() -> None:
    with pytest.raises(yaml_text.YAML_ERRORS):
        yaml_text.load("!!python/object/apply:os.getcwd []")
