from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine import presets
from ttgpt.engine.errors import UsageError
from ttgpt.engine.home import home_place
from ttgpt.tui.cli.setting import read_setting
from ttgpt.tui.form.draft import Draft
from ttgpt.tui.form.fields import BY_NAME, FIELDS
from ttgpt.tui.runs.differences import flat

DEMO = presets.load("demo")


def draft(**settings: str) -> Draft:
    return Draft(DEMO, "demo", {n.replace("__", "."): text for n, text in settings.items()})


def from_command(line: str) -> object:
    """Read a command as the command line does, and give the configuration it trains."""
    words = shlex.split(line)
    assert words[:3] == ["ttgpt-tui", "train", "demo"]
    assert words[3::2] == ["--set"] * len(words[4::2])
    return DEMO.config.with_settings(dict(map(read_setting, words[4::2])))


def test_every_setting_has_a_field_with_its_sentence() -> None:
    assert [field.dotted for field in FIELDS] == list(flat(DEMO.config))
    assert all(field.help.endswith(".") for field in FIELDS)


def test_untouched_it_is_the_preset() -> None:
    assert draft().config() == DEMO.config
    assert draft().command(home_place()) == "ttgpt-tui train demo"
    assert draft().problems() == {}


def test_the_command_names_a_home_that_it_would_not_take_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "an other home"
    monkeypatch.setenv("TTGPT_HOME", str(tmp_path / "home"))
    words = shlex.split(draft(model__n_layer="2").command(other))
    assert words == ["ttgpt-tui", "train", "demo", "--set", "model.n_layer=2", "--home", str(other)]
    monkeypatch.setenv("TTGPT_HOME", str(other))
    assert "--home" not in draft().command(other)


@pytest.mark.parametrize(
    "settings",
    [
        {"model__n_layer": "2", "train__lr": "1e-2"},
        {"train__epochs": "2.5"},
        {"sample__prompts": '["\\n", "A b:\\n", "it\'s"]'},
        {"train__milestones": "100, 200", "model__bias": "yes"},
        {"model__arch": "llama", "model__n_kv_head": "1"},
        {"data__source": "/a path/text file.txt"},
    ],
)
def test_the_command_starts_exactly_this(settings: dict[str, str]) -> None:
    made = draft(**settings)
    assert made.problems() == {}
    assert from_command(made.command(home_place())) == made.config()


@given(st.lists(st.text(max_size=12), min_size=1, max_size=3))
def test_any_prompts_survive_the_command(prompts: list[str]) -> None:
    config = DEMO.config.with_settings({"sample.prompts": prompts})
    made = Draft(presets.parse("x", DEMO.text), "demo")
    from ttgpt.tui.runs.differences import written_value

    made.set("sample.prompts", written_value(list(config.sample.prompts)))
    if all(prompt.isprintable() for prompt in prompts):
        assert from_command(made.command(home_place())) == config
    assert made.config() == config


def test_a_field_alone_says_what_is_wrong() -> None:
    found = draft(model__n_layer="many", train__lr="-1").problems()
    assert set(found) == {"model.n_layer", "train.lr"}
    assert found["model.n_layer"] == "It must be a whole number."
    assert found["train.lr"] == "It must be at least 0."


def test_two_fields_that_do_not_go_together_are_both_marked() -> None:
    found = draft(model__n_head="7").problems()
    assert set(found) == {"model.n_embd", "model.n_head"}
    assert "98" in found["model.n_head"]


def test_max_steps_and_epochs_replace_each_other() -> None:
    made = draft(train__epochs="3")
    assert made.text("train.max_steps") == ""
    assert made.config().train.epochs == 3
    made.set("train.max_steps", "700")
    assert made.text("train.epochs") == ""
    assert made.config().train.max_steps == 700
    made.reset("train.max_steps")
    assert made.changed == {}


def test_what_is_wrong_is_kept_until_it_is_mended() -> None:
    made = draft(model__n_head="7")
    with pytest.raises(UsageError):
        made.config()
    assert made.text("model.n_head") == "7"
    made.set("model.n_embd", "98")
    assert made.problems() == {}


def test_fields_know_their_limits_and_choices() -> None:
    assert BY_NAME["model.n_layer"].limits == "1 to 128"
    assert BY_NAME["train.max_steps"].limits == "at least 1"
    assert BY_NAME["model.bias"].choices == ("yes", "no")
    assert BY_NAME["train.schedule"].choices == ("cosine", "linear", "constant")
