import json
from typing import Any

import pytest

from ttgpt.engine import presets
from ttgpt.engine.errors import UsageError
from ttgpt.engine.events import Envelope, Setting, decode, encode
from ttgpt.engine.training.dial import LR_SCALE, SETTABLE, Dial


@pytest.fixture
def dial() -> Dial:
    return Dial(presets.load("demo").config)


def test_a_fresh_dial_asks_for_nothing(dial: Dial) -> None:
    assert dial.lr_scale == 1.0
    assert (dial.paused, dial.ending) == ("", "")
    assert not dial.wants_checkpoint
    assert not dial.wants_sample


VALUES: dict[str, tuple[Any, Any]] = {
    LR_SCALE: ("0.5", 0.5),
    "train.max_steps": ("3000", 3000),
    "train.log_interval": (1, 1),
    "train.eval_interval": (50, 50),
    "train.checkpoint_interval": (50, 50),
    "train.patience": ("3", 3),
    "train.pause_on_divergence": ("false", False),
    "sample.interval": (0, 0),
    "sample.prompts": (["A", "B"], ("A", "B")),
    "sample.max_new_tokens": (5, 5),
    "sample.temperature": ("1.5", 1.5),
    "sample.top_k": (3, 3),
    "sample.top_p": (0.5, 0.5),
    "sample.seed": (9, 9),
}


def test_every_settable_setting_is_tried() -> None:
    assert set(VALUES) == set(SETTABLE)


@pytest.mark.parametrize("name", SETTABLE)
def test_a_setting_is_changed_and_reported(dial: Dial, name: str) -> None:
    given, wanted = VALUES[name]
    section, _, field = name.partition(".")
    before = 1.0 if name == LR_SCALE else getattr(getattr(dial.config, section), field)
    setting = dial.set(name, given)
    after = dial.lr_scale if name == LR_SCALE else getattr(getattr(dial.config, section), field)
    assert after == wanted != before
    assert setting == Setting(name, before, wanted)
    assert json.loads(encode(Envelope(1, 0.0, 0.0, setting)))["name"] == name
    sent = decode(encode(Envelope(1, 0.0, 0.0, setting))).event
    assert isinstance(sent, Setting)


def test_a_length_in_steps_replaces_one_in_epochs() -> None:
    config = presets.load("demo").config.with_settings({"train.epochs": 2})
    dial = Dial(config)
    assert dial.set("train.max_steps", 10) == Setting("train.max_steps", None, 10)
    assert dial.config.train.epochs is None


@pytest.mark.parametrize(
    "name", ["train.lr", "model.n_layer", "train.seed", "data.source", "lr", ""]
)
def test_what_would_be_another_run_cannot_be_changed(dial: Dial, name: str) -> None:
    before = dial.config
    with pytest.raises(UsageError, match="cannot be changed while the run is live"):
        dial.set(name, 1)
    assert dial.config is before


def test_a_near_miss_is_answered_with_the_name(dial: Dial) -> None:
    with pytest.raises(UsageError, match=r"Did you mean sample\.top_k\?"):
        dial.set("sample.topk", 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (LR_SCALE, 0),
        (LR_SCALE, -1),
        (LR_SCALE, 101),
        (LR_SCALE, "nan"),
        (LR_SCALE, None),
        (LR_SCALE, True),
        ("train.max_steps", None),
        ("train.max_steps", 0),
        ("sample.top_p", 1.1),
        ("sample.temperature", "hot"),
        ("train.log_interval", 0),
    ],
)
def test_a_wrong_value_changes_nothing(dial: Dial, name: str, value: Any) -> None:
    before = dial.config
    with pytest.raises(UsageError):
        dial.set(name, value)
    assert dial.config is before
    assert dial.lr_scale == 1.0
