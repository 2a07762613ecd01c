import dataclasses
import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine import config
from ttgpt.engine.commands import COMMAND_TYPES
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.convert import field_types
from ttgpt.engine.data.recipe import Cleaning, Recipe
from ttgpt.engine.errors import UsageError
from ttgpt.engine.sampling.sampler import SamplingConfig

SECTIONS = (ModelConfig, TrainConfig, DataConfig, SampleConfig)
CHECKED = (*SECTIONS, Recipe, Cleaning, SamplingConfig, *COMMAND_TYPES.values())


def a_run(**train: Any) -> RunConfig:
    return RunConfig(
        model=ModelConfig(),
        train=TrainConfig(**{"max_steps": 100, **train}),
        data=DataConfig(),
        sample=SampleConfig(),
    )


NUMBERS = [
    pytest.param(kind, f.name, id=f"{kind.__name__}.{f.name}")
    for kind in CHECKED
    for f in dataclasses.fields(kind)
    if re.search(r"\b(int|float)\b", str(f.type))
]


@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_every_number_has_a_lowest_and_a_highest_value(kind: type[Any], name: str) -> None:
    low, high = config.range_of(kind, name)
    assert low is not None
    assert high is not None
    assert low < high < 2**63  # what a device and a file format hold
    if "int" in str(field_types(kind)[name]):
        assert isinstance(low, int)
        assert isinstance(high, int)


def limits() -> list[Any]:
    """List each bounded field with values outside its range, and the range's end."""
    found = []
    for section in SECTIONS:
        for f in dataclasses.fields(section):
            low, high = config.range_of(section, f.name)
            if low is None or high is None:
                continue
            step = 1 if "int" in str(f.type) else high
            for outside, end in ((low - step, "low"), (high + step, "high"), (math.nan, "high")):
                name = f"{section.section}.{f.name}-{outside}"
                found.append(pytest.param(section, f.name, outside, end, id=name))
    return found


@pytest.mark.parametrize(("section", "name", "outside", "end"), limits())
def test_a_value_outside_its_range_is_refused(
    section: type[Any], name: str, outside: float, end: str
) -> None:
    needed = {"max_steps": None if name == "epochs" else 10} if section is TrainConfig else {}
    with pytest.raises(UsageError) as caught:
        section(**{**needed, name: (outside,) if name == "milestones" else outside})
    assert caught.value.what == f"{section.section}.{name} is {outside}."
    assert ("at least" if end == "low" else "at most") in caught.value.why


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000, "1e300", "-1e400"])
@pytest.mark.parametrize("name", ["train.max_steps", "train.milestones", "sample.top_k"])
def test_endless_digits_are_refused_in_a_few_words(name: str, digits: str) -> None:
    with pytest.raises(UsageError, match=re.escape(name)) as caught:
        a_run().with_settings({name: digits})
    assert len(str(caught.value)) < 400


def test_a_number_whose_reciprocal_overflows_is_refused() -> None:
    with pytest.raises(UsageError, match=r"sample\.temperature is 1e-320"):
        SampleConfig(temperature=1e-320)


@pytest.mark.parametrize(
    "name", ["train.milestones", "sample.prompts", "train.lr", "train.schedule"]
)
def test_nested_lists_are_refused_in_a_few_words(name: str) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, "[" * 100_000 + "]" * 100_000):
        if name == "sample.prompts" and isinstance(value, str):
            assert a_run().with_settings({name: value}).sample.prompts == (value,)
            continue
        with pytest.raises(UsageError) as caught:
            a_run().with_settings({name: value})
        assert len(str(caught.value)) < 400


def test_the_ends_belong_to_the_range() -> None:
    assert SampleConfig(top_p=0, temperature=100).top_p == 0
    assert ModelConfig(dropout=0.9).dropout == 0.9


def test_every_field_has_a_sentence() -> None:
    for section in SECTIONS:
        for f in dataclasses.fields(section):
            assert re.fullmatch(r"[A-Z0-9].*\.", config.help_of(section, f.name)), f.name


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"n_embd": 100, "n_head": 6}, "Each head takes an equal share"),
        ({"n_head": 6, "n_kv_head": 4}, "an equal group"),
        ({"n_head": 2, "n_kv_head": 4}, "an equal group"),
        ({"arch": "llama", "n_embd": 18, "n_head": 6}, "neighbouring pairs"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(shape: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ModelConfig(**shape)


@given(st.integers(1, 32), st.integers(2, 2000))
def test_the_width_that_is_proposed_is_accepted(n_head: int, n_embd: int) -> None:
    try:
        ModelConfig(n_head=n_head, n_embd=n_embd)
    except UsageError as error:
        proposed = re.fullmatch(
            r"Set model\.n_head to (\d+)(?: or (\d+))?, or model\.n_embd to (\d+)\.",
            error.next_step,
        )
        assert proposed
        assert ModelConfig(n_head=n_head, n_embd=int(proposed[3]))
        for heads in proposed.groups()[:2]:
            assert heads is None or ModelConfig(n_head=int(heads), n_embd=n_embd)


@pytest.mark.parametrize(
    ("shape", "hidden"),
    [
        ({"n_embd": 384, "n_head": 6}, 1536),
        ({"n_embd": 384, "n_head": 6, "arch": "llama"}, 1024),
        ({"n_embd": 256, "n_head": 8, "arch": "llama"}, 768),
        ({"n_embd": 2048, "n_head": 16, "arch": "llama"}, 5632),
        ({"n_embd": 384, "n_head": 6, "mlp_hidden": 99}, 99),
    ],
)
def test_the_width_of_the_mlp(shape: dict[str, Any], hidden: int) -> None:
    assert ModelConfig(**shape).hidden == hidden


def test_the_heads_that_follow_from_a_shape() -> None:
    model = ModelConfig(n_embd=384, n_head=6)
    assert (model.head_size, model.kv_heads) == (64, 6)
    assert ModelConfig(n_embd=384, n_head=6, n_kv_head=3).kv_heads == 3


def test_a_step_sees_all_its_micro_batches() -> None:
    assert TrainConfig(max_steps=1, batch_size=8, grad_accum_steps=4).sequences_per_step == 32


def test_a_length_is_needed_and_only_one() -> None:
    with pytest.raises(UsageError, match="neither is given"):
        TrainConfig()
    with pytest.raises(UsageError, match="both are given"):
        TrainConfig(max_steps=10, epochs=1.0)
    assert TrainConfig(epochs=0.5).max_steps is None


def test_a_schedule_cannot_climb_to_its_end() -> None:
    with pytest.raises(UsageError, match=r"train\.min_lr \(0\.01\) is above train\.lr \(0\.001\)"):
        TrainConfig(max_steps=1, lr=1e-3, min_lr=1e-2)
    assert TrainConfig(max_steps=1, lr=1e-3, min_lr=1e-2, schedule="constant").lr == 1e-3


def test_a_milestone_is_a_step() -> None:
    with pytest.raises(UsageError, match=r"train\.milestones is 0\.\nIt must be at least 1\."):
        TrainConfig(max_steps=1, milestones=(0,))


def test_a_new_length_replaces_the_old_one() -> None:
    by_steps = a_run()
    by_epochs = by_steps.with_settings({"train.epochs": "2.5"})
    assert (by_epochs.train.max_steps, by_epochs.train.epochs) == (None, 2.5)
    back = by_epochs.with_settings({"train.max_steps": "200"})
    assert (back.train.max_steps, back.train.epochs) == (200, None)
    assert by_steps.train.max_steps == 100
    with pytest.raises(UsageError, match="both are given"):
        by_steps.with_settings({"train.max_steps": 5, "train.epochs": 1})
    with pytest.raises(UsageError, match="neither is given"):
        by_steps.with_settings({"train.max_steps": "none"})
    kept = by_steps.with_settings({"train.max_steps": "none", "train.epochs": "3"})
    assert kept.train.epochs == 3


def test_settings_from_a_command_line_are_texts() -> None:
    changed = a_run().with_settings(
        {
            "train.lr": "3e-4",
            "train.milestones": "10,20",
            "model.bias": "off",
            "model.n_kv_head": "3",
            "sample.prompts": "MARTHA:\n",
            "sample.seed": "9007199254740993",
        }
    )
    assert changed.train.lr == 3e-4
    assert changed.train.milestones == (10, 20)
    assert changed.model.bias is False
    assert changed.model.n_kv_head == 3
    assert changed.sample.prompts == ("MARTHA:\n",)
    assert changed.sample.seed == 9007199254740993


@pytest.mark.parametrize(
    ("dotted", "meant"),
    [
        ("train.warmup_step", "train.warmup_steps"),
        ("train.max_step", "train.max_steps"),
        ("max_steps", "train.max_steps"),
        ("trian.lr", "train.lr"),
        ("sample.topk", "sample.top_k"),
    ],
)
def test_an_unknown_setting_is_answered_with_the_nearest(dotted: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean {re.escape(meant)}"):
        a_run().with_settings({dotted: 1})


@pytest.mark.parametrize("dotted", ["train.optimizer", "train.init_from", "model.lora_rank"])
def test_a_name_that_is_near_none_is_answered_with_its_section(dotted: str) -> None:
    section = dotted.partition(".")[0]
    with pytest.raises(UsageError) as caught:
        a_run().with_settings({dotted: 1})
    names = caught.value.next_step.removeprefix("Known: ").rstrip(".").split(", ")
    assert len(names) > 5
    assert all(name.startswith(f"{section}.") for name in names)


def test_the_heads_that_fit_a_width_are_named() -> None:
    with pytest.raises(UsageError, match=r"Set model\.n_head to 4 or 8, or model\.n_embd to 63"):
        ModelConfig(n_head=7, n_embd=64)


@pytest.mark.parametrize("dotted", ["", ".", "train", "train.", ".lr", "train.lr.x"])
def test_half_a_name_is_an_unknown_setting(dotted: str) -> None:
    with pytest.raises(UsageError, match="Unknown setting"):
        a_run().with_settings({dotted: 1})


def test_an_error_calls_a_setting_as_a_person_does() -> None:
    with pytest.raises(UsageError) as caught:
        a_run().with_settings({"train.max_steps": "many"})
    assert caught.value.what == "train.max_steps is 'many'."
    assert caught.value.next_step == "Give train.max_steps a whole number."


@pytest.mark.parametrize("text", ["train.lr", "tiny", "auto"])
def test_a_word_outside_a_list_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="It must be one of: cosine, linear, constant"):
        a_run().with_settings({"train.schedule": text})


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "model.dropout": st.floats(0, 0.9, allow_subnormal=False),
            "model.n_kv_head": st.sampled_from([None, 1, 2, 3, 6]),
            "model.arch": st.sampled_from(["nanogpt", "llama"]),
            "train.epochs": st.floats(1e-6, 1e6),
            "train.lr": st.floats(1e-3, 10),
            "train.milestones": st.lists(st.integers(1, 10**9)),
            "train.patience": st.none() | st.integers(1, 10**9),
            "data.source": st.text(),
            "sample.prompts": st.lists(st.text()),
            "sample.seed": st.integers(0, 2**63 - 1),
        },
    )
)
def test_a_config_is_the_same_after_json(settings: dict[str, Any]) -> None:
    made = a_run().with_settings(settings)
    assert RunConfig.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_a_config_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_run().train.lr = 1.0  # type: ignore[misc]


def test_what_earlier_versions_wrote_of_compiling_still_loads() -> None:
    raw = a_run().to_dict()
    raw["train"] |= {"compile": "auto", "deterministic": True}
    assert RunConfig.from_dict(raw) == a_run()
    assert raw["train"]["compile"] == "auto"
