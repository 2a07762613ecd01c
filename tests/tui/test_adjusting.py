"""What is typed into the form of live settings becomes commands, or a complaint."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.commands import Set
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.errors import UsageError
from ttgpt.engine.training.dial import LR_SCALE, SETTABLE
from ttgpt.tui.adjusting import FIELDS, PROMPTS, STEPS, Live

LIVE = Live(
    RunConfig(
        model=ModelConfig(),
        train=TrainConfig(max_steps=3000),
        data=DataConfig(),
        sample=SampleConfig(prompts=("ROMEO:\n", "JULIET:\n")),
    ),
    lr_scale=0.5,
    step=1840,
    max_steps=3000,
)


def unchanged() -> dict[str, str]:
    return {field.name: LIVE.text(field.name) for field in FIELDS}


def test_every_field_may_change_in_a_live_run() -> None:
    assert {field.name for field in FIELDS} <= set(SETTABLE)
    assert all(field.help for field in FIELDS)


def test_what_is_shown_reads_back_as_it_is() -> None:
    assert LIVE.text(PROMPTS) == r"ROMEO:\n | JULIET:\n"
    assert LIVE.text(LR_SCALE) == "0.5"
    assert LIVE.changes(unchanged()) == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        (PROMPTS, r"O \n| |My lord, ", ["O \n| |My lord, "]),
        (PROMPTS, r"A:\n | B:\n", ["A:\n", "B:\n"]),
        ("sample.temperature", "1.1", 1.1),
        ("sample.top_k", "0", 0),
        ("sample.interval", "100", 100),
        (STEPS, "5000", 5000),
        (LR_SCALE, "0.25", 0.25),
    ],
)
def test_what_differs_becomes_a_command(name: str, text: str, value: object) -> None:
    assert LIVE.changes({**unchanged(), name: text}) == [Set(name, value)]


PROMPT = st.text(st.sampled_from("a |\\n\n"), max_size=6)


@given(st.lists(PROMPT, min_size=1, max_size=3))
def test_any_prompts_read_back_as_they_are(prompts: list[str]) -> None:
    config = LIVE.config.with_settings({"sample.prompts": prompts})
    live = replace(LIVE, config=config)
    text = live.text(PROMPTS)
    assert live.changes({PROMPTS: text}) == []
    if text.strip():
        assert live.read(PROMPTS, text) == prompts


@pytest.mark.parametrize("scale", [0.123456789, 1e-7, 1 / 3])
def test_a_field_that_nobody_touched_changes_nothing(scale: float) -> None:
    live = replace(LIVE, lr_scale=scale, step=3000)  # past its end: not judged either
    assert float(live.text(LR_SCALE)) == scale
    assert live.changes({field.name: live.text(field.name) for field in FIELDS}) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (PROMPTS, "  ", "prompt is missing"),
        (STEPS, "1840", "The run is past that"),
        (STEPS, "many", "max_steps"),
        ("sample.temperature", "-1", "temperature"),
        ("sample.top_p", "1.5", "top_p"),
        ("train.eval_interval", "0", "eval_interval"),
        (LR_SCALE, "0", "1e-6 to 100"),
        (LR_SCALE, "1e-320", "1e-6 to 100"),
    ],
)
def test_what_does_not_fit_is_said(name: str, text: str, words: str) -> None:
    with pytest.raises(UsageError) as found:
        LIVE.read(name, text)
    assert words in str(found.value)
