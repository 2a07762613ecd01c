from dataclasses import replace

from ttgpt.engine.presets import load
from ttgpt.tui.runs.differences import differing


def test_settings_that_cannot_be_read_are_unknown_and_not_empty() -> None:
    config = load("demo").config
    faster = replace(config, train=replace(config.train, lr=0.5))
    rows = dict(differing([config, faster, None]))
    assert rows["train.lr"] == [config.train.lr, 0.5, "unknown"]
