import contextlib
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine import presets
from ttgpt.engine.canonical import parameter_count
from ttgpt.engine.config import DataConfig
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.presets import load, names, parse

NAMES = names()
NANOGPT, LLAMA = "nanogpt", "llama"

# Literal on purpose: these shapes are promised, in the lesson or in the summary.
# arch, n_layer, n_head, n_kv_head, n_embd, mlp_hidden, block_size, batch, accumulation, steps, lr
SHAPES: dict[str, tuple[Any, ...]] = {
    "demo": (LLAMA, 4, 3, None, 96, None, 64, 32, 1, 1_200, 6e-3),
    "shakespeare-stage1": (NANOGPT, 6, 6, None, 384, None, 256, 4, 1, 1_000, 5e-4),
    "shakespeare-stage2": (NANOGPT, 6, 6, None, 384, None, 256, 4, 1, 3_000, 5e-4),
    "shakespeare-stage3": (NANOGPT, 6, 6, None, 384, None, 256, 4, 1, 10_000, 5e-4),
    "shakespeare-stage4": (NANOGPT, 6, 6, None, 384, None, 256, 4, 1, 20_000, 5e-4),
    "shakespeare-large": (NANOGPT, 12, 12, None, 768, None, 256, 16, 1, 5_000, 3e-4),
    "keats": (NANOGPT, 4, 4, None, 64, None, 32, 16, 1, 5_000, 1e-3),
    "tiny": (NANOGPT, 2, 2, None, 128, None, 128, 32, 1, 2_000, 1e-3),
    "small": (NANOGPT, 4, 4, None, 256, None, 256, 64, 1, 3_000, 1e-3),
    "medium": (NANOGPT, 6, 6, None, 384, None, 256, 64, 1, 5_000, 1e-3),
    "nano-trickster": (LLAMA, 6, 8, None, 256, 768, 512, 16, 2, 10_000, 3e-4),
    "mini": (LLAMA, 8, 8, None, 512, 1536, 512, 16, 2, 10_000, 3e-4),
    "midi": (LLAMA, 12, 12, None, 768, 2304, 512, 8, 4, 10_000, 3e-4),
    "mega": (LLAMA, 22, 16, None, 2048, 5632, 512, 2, 16, 10_000, 3e-4),
    "nanollama3": (LLAMA, 6, 6, 3, 384, None, 256, 4, 1, 5_000, 5e-4),
}
ON_BYTES = {"nano-trickster", "mini", "midi", "mega"}
ON_SHAKESPEARE = {
    *(f"shakespeare-stage{n}" for n in (1, 2, 3, 4)),
    "shakespeare-large",
    "keats",
    "nanollama3",
}

WHOLE = """\
title: Mine
summary: A preset of my own.
expect: Words.
model: {n_layer: 1, n_head: 2, n_embd: 16, block_size: 16}
train: {max_steps: 10, lr: 3e-4, min_lr: 3e-5}
data: {}
sample: {}
"""


def vocab_size(data: DataConfig) -> int:
    if data.tokenizer == "byte":
        return 256
    if data.source == "tiny-shakespeare":
        return 65
    assert data.source == "harbour"
    return len(set(resources.files("ttgpt.assets").joinpath("harbour.txt").read_text("utf-8")))


def as_in_a_summary(parameters: int) -> str:
    if parameters < 1_000_000:
        return f"{parameters / 1e3:.0f} k"
    return f"{parameters / 1e6:.1f} M" if parameters < 1e9 else f"{parameters / 1e9:.2f} G"


def test_the_shipped_presets() -> None:
    assert set(NAMES) == set(SHAPES)
    assert NAMES[0] == "demo"
    assert NAMES[1:] == sorted(NAMES[1:])


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_has_the_promised_shape(name: str) -> None:
    model, train = load(name).config.model, load(name).config.train
    assert (
        model.arch, model.n_layer, model.n_head, model.n_kv_head, model.n_embd, model.mlp_hidden,
        model.block_size, train.batch_size, train.grad_accum_steps, train.max_steps, train.lr,
    ) == SHAPES[name]  # fmt: skip
    assert train.min_lr == pytest.approx(train.lr / 10)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_reads_the_text_it_is_for(name: str) -> None:
    data = load(name).config.data
    assert data.source == ("tiny-shakespeare" if name in ON_SHAKESPEARE else "harbour")
    assert data.tokenizer == ("byte" if name in ON_BYTES else "char")


def test_the_lesson_llama_turns_slowly() -> None:
    assert load("nanollama3").config.model.rope_theta == 500_000


@pytest.mark.parametrize("name", NAMES)
def test_a_summary_tells_the_true_number_of_parameters(name: str) -> None:
    preset = load(name)
    count = parameter_count(preset.config.model, vocab_size(preset.config.data))
    assert re.search(rf"(?<![\d.]){re.escape(as_in_a_summary(count))}\b", preset.summary)


@pytest.mark.parametrize("name", NAMES)
def test_a_summary_tells_the_true_shape(name: str) -> None:
    preset = load(name)
    model, train = preset.config.model, preset.config.train
    figures = {
        r"(\d+) layers": model.n_layer,
        r"layers of (\d+)": model.n_embd,
        r"(\d+) heads": model.n_head,
        r"in (\d+) groups": model.n_kv_head,
        r"width (\d+)": model.n_embd,
        r"MLP (\d+)": model.hidden,
        r"block (\d+)": model.block_size,
        r"batch (\d+)": train.batch_size,
        r"batch \d+ by (\d+)": train.grad_accum_steps,
        r"theta (\d+)": model.rope_theta,
        r"(\d+) steps": train.max_steps,
    }
    for pattern, value in figures.items():
        for said in re.findall(pattern, re.sub(r"(?<=\d),(?=\d)", "", preset.summary)):
            assert int(said) == value, pattern


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_speaks_to_a_person(name: str) -> None:
    preset = load(name)
    assert preset.name == name
    for words in (preset.title, preset.summary, preset.expect):
        assert words.strip()
        assert "TBD" not in words
        assert "TODO" not in words


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_can_be_encoded(name: str) -> None:
    config = load(name).config
    if config.data.source == "harbour" and config.data.tokenizer == "char":
        text = resources.files("ttgpt.assets").joinpath("harbour.txt").read_text("utf-8")
        assert set("".join(config.sample.prompts)) <= set(text)


def test_the_lesson_text_has_the_characters_that_are_counted(tiny_shakespeare: Path) -> None:
    characters = set(tiny_shakespeare.read_text("utf-8"))
    assert len(characters) == vocab_size(load("keats").config.data)
    for name in ON_SHAKESPEARE:
        assert set("".join(load(name).config.sample.prompts)) <= characters


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_evaluates_saves_and_samples_within_its_length(name: str) -> None:
    config = load(name).config
    steps = config.train.max_steps
    assert steps is not None
    assert config.train.warmup_steps < steps / 2
    assert config.train.eval_interval <= steps
    assert config.train.checkpoint_interval <= steps
    assert config.sample.interval <= steps
    assert all(step <= steps for step in config.train.milestones)


def test_the_text_is_the_file_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "von Zoë.yaml"
    raw = WHOLE.replace("Words", "Wörter").replace("\n", "\r\n").encode()
    path.write_bytes(raw)
    preset = load(str(path))
    assert preset.name == "von Zoë"
    assert preset.expect == "Wörter."
    assert preset.text.encode() == raw
    demo = resources.files("ttgpt.presets").joinpath("demo.yaml").read_bytes()
    assert load("demo").text.encode() == demo


def test_yaml_that_reads_numbers_as_text_is_understood() -> None:
    assert yaml.safe_load("3e-4") == "3e-4"
    assert parse("mine", WHOLE).config.train.lr == 3e-4


def test_an_empty_section_takes_the_defaults() -> None:
    text = WHOLE.replace("data: {}", "data:").replace("sample: {}", "sample:")
    assert parse("mine", text).config == parse("mine", WHOLE).config


@pytest.mark.parametrize(
    ("old", "new", "what", "next_step"),
    [
        ("n_layer", "n_layers", "Unknown key model.n_layers.", "Did you mean n_layer?"),
        ("max_steps", "maxsteps", "Unknown key train.maxsteps.", "Did you mean max_steps?"),
        ("sample:", "samples:", "Unknown key mine.samples.", "Did you mean sample?"),
        ("sample: {}", "", "mine.sample is missing.", "Give mine.sample a value."),
        ("n_layer: 1", "n_layer: one", "model.n_layer is 'one'.",
         "Give model.n_layer a whole number."),
        ("n_layer: 1", "n_layer: 0", "model.n_layer is 0.", "Set model.n_layer to at least 1."),
        ("model: {", "model: 7 #{", "model is 7.", "Indent its keys under model:."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_a_way_out(old: str, new: str, what: str, next_step: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("mine", WHOLE.replace(old, new))
    assert caught.value.what == what
    assert caught.value.next_step == next_step


@pytest.mark.parametrize(
    "text",
    [
        "model: [1",
        "a: b: c",
        "\tmodel:",
        "\x01",
        "title: !!python/object/apply:os.getcwd []",
        "title: 2001-99-99",
        "title: !!bool x",
        "title: !!int ''",
        "title: !!timestamp x",
        pytest.param("[" * 1000, id="deep"),
        pytest.param(f"title: {'9' * 5000}", id="long-number"),
    ],
)
def test_what_is_not_yaml_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match=r"Preset mine cannot be read\.") as caught:
        parse("mine", text)
    assert caught.value.why
    assert "\n" not in caught.value.why


def test_a_slip_in_the_yaml_is_found_by_its_line() -> None:
    with pytest.raises(UsageError, match=r"Line 3: mapping values are not allowed here\."):
        parse("mine", "title: Mine\nsummary: x\nexpect: a: b\n")


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "42"])
def test_yaml_that_is_no_preset_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse("mine", text)


@given(st.text(alphabet="ab: -\n[]{}&*!|>%@#'\"019.eTZ", max_size=60))
def test_any_text_is_a_preset_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse("mine", WHOLE.replace("data: {}", text))


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        load("shakespear-stage1")
    assert "Did you mean shakespeare-stage1?" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "~nobody-has-this-name", "~nobody-has-this-name/x.yaml", "/", "a/b"]
)
def test_odd_names_are_not_presets(name: str) -> None:
    with pytest.raises((UsageError, DataError)):
        load(name)


def test_a_missing_file_a_folder_and_bytes_that_are_no_text_are_data_errors(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9\n")
    for name in ("missing.yaml", "folder.yaml", "latin.yaml"):
        with pytest.raises(DataError, match=rf"Cannot read the preset .*{name}"):
            load(str(tmp_path / name))


def test_a_shipped_name_wins_over_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("demo").write_text(WHOLE)
    Path("demo.yaml").write_text(WHOLE)
    assert load("demo").title == "Demo"
    assert load("demo.yaml").title == "Mine"


def test_every_shipped_file_is_a_preset() -> None:
    shipped = [entry.name for entry in resources.files("ttgpt.presets").iterdir()]
    yamls = [name for name in shipped if not name.startswith("__")]
    assert sorted(yamls) == sorted(f"{name}.yaml" for name in presets.names())
