"""Taking in what tt-metal's own trainers wrote: converted rightly, and nothing in it is run."""

from __future__ import annotations

import dataclasses
import enum
import os
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy_gpt import logits, random_weights
from ttml_double import GENERATIONS, install, uninstall

from ttgpt.engine.backends.ttml_backend.layout import discover
from ttgpt.engine.canonical import shapes
from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.checkpoints.folder import imported, take_in
from ttgpt.engine.checkpoints.info import WHOLE, list_checkpoints
from ttgpt.engine.config import ModelConfig, RunConfig
from ttgpt.engine.errors import DataError
from ttgpt.engine.stock.reading import read

LETTERS = "\n abcdeforst"
VOCAB = len(LETTERS) + 3
SIZES: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 32}
MODELS = {
    "nanogpt": ModelConfig(**SIZES, tie_weights=False),
    "llama": ModelConfig(
        **SIZES, arch="llama", n_kv_head=1, mlp_hidden=96, rope_theta=500.0, tie_weights=False
    ),
}
SETTINGS = {
    "nanogpt": {"n_head": 2, "block_size": 32},
    "llama": {"num_heads": 2, "max_sequence_length": 32, "theta": 500.0},
}


class CharTokenizer:
    """As the stock trainer has it: a mark for padding, the letters, two marks more."""

    def __init__(self) -> None:
        self.itos = ["<PAD>", *LETTERS, "<BEG>", "<END>"]
        self.stoi = {letter: i for i, letter in enumerate(self.itos)}


@pytest.fixture
def tokenizer(monkeypatch: pytest.MonkeyPatch) -> CharTokenizer:
    monkeypatch.setattr(CharTokenizer, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "CharTokenizer", CharTokenizer, raising=False)
    return CharTokenizer()


def ttml_arrays(
    arch: str, generation: str, seed: int = 0
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Give random weights under canonical names, and the same as that ttml lays them out."""
    install(GENERATIONS[generation])
    from ttgpt.engine.backends.ttml_backend.models import build_model

    model = build_model(MODELS[arch], VOCAB)
    found = {name: tuple(t.shape()) for name, t in model.parameters().items()}
    del model
    uninstall()
    weights = random_weights(MODELS[arch], VOCAB, seed)
    slots = discover(found, MODELS[arch], shapes(MODELS[arch], VOCAB))
    return weights, {slot.name: slot.pack(weights) for slot in slots}


def check(home: Path, arch: str, weights: dict[str, np.ndarray], step: int) -> None:
    """The checkpoint in the list computes what the weights do, for the letters alone."""
    (run,) = imported(home)
    (info,) = list_checkpoints(run)
    assert (info.state, info.step, info.has_optimizer) == (WHOLE, step, False)
    loaded = checkpoint.load(info.path)
    assert loaded.tokenizer.decode(range(len(LETTERS))) == LETTERS
    assert "moments" in loaded.state["lacks"][0]
    model = RunConfig.from_dict(loaded.config).model
    ids = np.array([[1, 5, 2, 7]])
    expected = logits(MODELS[arch], weights, ids + 1)[..., 1:-2]  # past the mark for padding
    np.testing.assert_allclose(logits(model, loaded.weights, ids), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("arch", "generation"),
    [("nanogpt", "new"), ("llama", "old"), ("llama", "new"), ("llama", "newest")],
)
@pytest.mark.parametrize("bare", [False, True])
def test_the_old_trainers_pickle(
    home: Path, tmp_path: Path, tokenizer: CharTokenizer, arch: str, generation: str, bare: bool
) -> None:
    weights, arrays = ttml_arrays(arch, generation)
    whole = {
        "step": 500,
        "model_state": {
            n: a if bare else {"data": a, "layout": "TILE", "shape": a.shape}
            for n, a in arrays.items()
        },
        "tokenizer": tokenizer,
        "model_config": {"transformer_config": SETTINGS[arch]},
        "training_config": {"batch_size": 64},
    }
    file = tmp_path / "shakespeare_step_500.pkl"
    file.write_bytes(pickle.dumps(whole, protocol=2 if bare else 5))
    folder = take_in(home, file)
    assert folder == home / "imported" / "shakespeare_step_500" / "checkpoints" / "000500"
    check(home, arch, weights, 500)


def test_another_file_of_the_same_name_takes_no_place(
    home: Path, tmp_path: Path, tokenizer: CharTokenizer
) -> None:
    file = tmp_path / "run.pkl"
    for seed in (1, 2):
        _, arrays = ttml_arrays("nanogpt", "new", seed)
        settings = {"transformer_config": SETTINGS["nanogpt"]}
        whole = {"model_state": arrays, "tokenizer": tokenizer, "model_config": settings, "step": 5}
        file.write_bytes(pickle.dumps(whole))
        taken = take_in(home, file)
    assert take_in(home, file) == taken  # once
    assert [folder.name for folder in imported(home)] == ["run", "run-2"]


@dataclasses.dataclass
class ModelExperimentalConfig:
    use_composite_layernorm: bool = False


class RunnerType(enum.Enum):
    Default = 0


class WeightTyingType(enum.IntEnum):
    Disabled = 0


@dataclasses.dataclass
class ModelConfig_:
    num_heads: int
    max_sequence_length: int
    theta: float
    runner_type: RunnerType
    weight_tying: WeightTyingType
    experimental: ModelExperimentalConfig


ModelConfig_.__name__ = ModelConfig_.__qualname__ = "ModelConfig"


def test_a_config_of_the_trainers_own_classes_and_enums(
    home: Path, tmp_path: Path, tokenizer: CharTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = ModuleType("_ttml.models")
    for name, there in (("_ttml", ModuleType("_ttml")), ("_ttml.models", inside)):
        monkeypatch.setitem(sys.modules, name, there)
    homes = (
        (sys.modules["__main__"], ModelConfig_),
        (sys.modules["__main__"], ModelExperimentalConfig),
        (inside, RunnerType),
        (inside, WeightTyingType),
    )
    for module, kind in homes:
        monkeypatch.setattr(kind, "__module__", module.__name__)
        monkeypatch.setattr(module, kind.__name__, kind, raising=False)
    config = ModelConfig_(
        **SETTINGS["llama"],
        runner_type=RunnerType.Default,
        weight_tying=WeightTyingType.Disabled,
        experimental=ModelExperimentalConfig(),
    )
    weights, arrays = ttml_arrays("llama", "new")
    whole = {"step": 7, "model_state": arrays, "tokenizer": tokenizer, "model_config": config}
    file = tmp_path / "model_step_7.pkl"
    with file.open("wb") as out:
        pickle.dump(whole, out)
    assert b"_ttml.models" in file.read_bytes()
    take_in(home, file)
    check(home, "llama", weights, 7)


def test_ttmls_own_checkpoints(home: Path, tmp_path: Path, tokenizer: CharTokenizer) -> None:
    weights, arrays = ttml_arrays("llama", "newest")
    leaf = {name: {"layout": "TILE", "dtype": "BFLOAT16"} for name in arrays}
    header = {"step": 120, "tokenizer": tokenizer, "config": SETTINGS["llama"]}
    manifest = {"model": {"named_parameters": leaf}, "optimizer": {"steps": 120}}
    file = tmp_path / "run.ckpt"
    with file.open("wb") as out:
        pickle.dump({"format": 1, "header": header, "manifest": manifest}, out)
        for array in arrays.values():
            pickle.dump(array, out)
    take_in(home, file)
    check(home, "llama", weights, 120)
    file.write_bytes(file.read_bytes()[:-9000])
    with pytest.raises(DataError, match=r"damaged|too early"):
        take_in(home, file)


class _Bomb:
    def __init__(self, call: Any, *given: Any) -> None:
        self._call = call, given

    def __reduce__(self) -> Any:
        return self._call


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (os.system, "posix.system"),
        (eval, "builtins.eval"),
        (getattr, "builtins.getattr"),
        (np.load, "numpy.load"),
        (pickle.loads, "_pickle.loads"),
    ],
)
def test_whatever_would_run_something_is_refused_by_name(
    tmp_path: Path, call: Any, named: str
) -> None:
    file, proof = tmp_path / "evil.pkl", tmp_path / "ran"
    bomb = _Bomb(call, f"touch {proof}", "x") if call is getattr else _Bomb(call, f"touch {proof}")
    file.write_bytes(pickle.dumps({"model_state": {}, "tokenizer": bomb}))
    with pytest.raises(DataError) as caught:
        read(file)
    assert caught.value.what == f"This checkpoint wants to load {named}."
    assert not proof.exists()


def test_a_child_says_it_too(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "evil.pkl"
    file.write_bytes(pickle.dumps({"model_state": _Bomb(os.system, "true")}))
    with pytest.raises(DataError, match=r"posix\.system"):
        take_in(home, file)
    assert imported(home) == []


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps([1, 2]), b"\x80\x05K\x01."])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.pkl"
    file.write_bytes(content)
    with pytest.raises(DataError):
        read(file)


def test_what_a_file_does_not_say_is_named(home: Path, tmp_path: Path) -> None:
    _, arrays = ttml_arrays("nanogpt", "new")
    file = tmp_path / "bare.pkl"
    file.write_bytes(pickle.dumps({"step": 1, "model_state": arrays}))
    with pytest.raises(DataError, match="does not say its vocabulary"):
        take_in(home, file)
