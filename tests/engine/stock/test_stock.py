"""Taking in what tt-metal's own trainers wrote: converted rightly, and nothing in it is run."""

from __future__ import annotations

import codecs
import dataclasses
import enum
import os
import pickle
import subprocess
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
from ttgpt.engine.stock.child import load
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


class _Call:
    """Pickled, it is a call of something with anything, and a state for what comes of it."""

    def __init__(self, call: Any, *given: Any, state: Any = None) -> None:
        self._parts = (call, given, state)

    def __reduce__(self) -> Any:
        return self._parts


_FORGED = (3, "<", None, None, None, 8, 1, 63)
"""A state that makes NumPy take numbers for the addresses of objects."""
_HIDDEN = (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 0)
"""The state of a dtype that holds objects and says that it holds none."""
_EIGHT = b"\x41" * 8


@pytest.mark.parametrize(
    "value",
    [
        _Call(np.ndarray, (1,), np.dtype("O"), _EIGHT),
        _Call(np.ndarray, (1 << 40,), np.dtype("f8")),
        _Call(np.ndarray, (1,), _Call(np.dtype, "f8", state=_FORGED), _EIGHT),
        _Call(np.zeros(1).__reduce_ex__(2)[0], np.ndarray, (0,), b"b"),
        _Call(
            np.zeros(1).__reduce_ex__(2)[0],
            *(np.ndarray, (0,), b"b"),
            state=(1, (1 << 40,), np.dtype("f8"), False, _EIGHT),
        ),
        _Call(
            np.zeros(1).__reduce_ex__(2)[0],
            *(np.ndarray, (0,), b"b"),
            state=(1, (1,), _Call(np.dtype, "O8", state=_FORGED), False, _EIGHT),
        ),
        _Call(np.zeros(1).__reduce_ex__(5)[0], _EIGHT, np.dtype("f8"), (1 << 40,), "C"),
        _Call(np.zeros(1).__reduce_ex__(5)[0], _EIGHT, np.dtype("V8"), (1,), "C"),
        _Call(
            np.zeros(1).__reduce_ex__(5)[0],
            *(_EIGHT, _Call(np.dtype, "V8", False, True, state=_HIDDEN), (1,), "C"),
        ),
        _Call(np.float32(0).__reduce__()[0], np.dtype("O"), _EIGHT),
        _Call(codecs.encode, b"x" * 99, "zlib"),
        {"layout": "TILE"},
        None,
        [1.0],
    ],
)
def test_forged_arrays_are_damage(tmp_path: Path, value: Any) -> None:
    file = tmp_path / "forged.pkl"
    file.write_bytes(pickle.dumps({"model_state": {"a/fc/weight": value}, "tokenizer": {}}))
    with pytest.raises(DataError):
        load(file)


def test_settings_that_hold_themselves_are_damage(tmp_path: Path, tokenizer: CharTokenizer) -> None:
    settings: dict[str, Any] = {}
    settings["model"] = {"transformer_config": settings}
    _, arrays = ttml_arrays("nanogpt", "new")
    file = tmp_path / "round.pkl"
    whole = {"model_state": arrays, "tokenizer": tokenizer, "model_config": settings}
    file.write_bytes(pickle.dumps(whole))
    with pytest.raises(DataError, match="hold one another"):
        read(file)


@pytest.mark.parametrize("byte_order", ["<", ">", "="])
@pytest.mark.parametrize("protocol", range(6))
def test_plain_arrays_are_read_as_numpy_reads_them(
    tmp_path: Path, protocol: int, byte_order: str
) -> None:
    numbers = np.arange(24).reshape(2, 3, 4)
    kinds = ("f2", "f4", "f8", "i1", "i4", "i8", "u1", "u4", "u8", "b1")
    arrays = {kind: numbers.astype(byte_order + kind) for kind in kinds}
    arrays |= {"turned": numbers.astype("f4").T, "swapped": numbers.astype("f4").swapaxes(0, 1)}
    arrays |= {"every second": numbers.astype("f4")[:, ::2]}
    file = tmp_path / "plain.pkl"
    whole = {"model_state": arrays, "step": np.int64(7)}
    file.write_bytes(pickle.dumps(whole, protocol=protocol))
    stock = read(file)
    assert stock.step == 7
    for name, array in arrays.items():
        np.testing.assert_array_equal(stock.arrays[name], array.astype(np.float32))


def test_a_child_that_a_file_ends_is_damage(home: Path, tmp_path: Path) -> None:
    """Nested a million deep, the key of a dictionary overruns the stack when it is hashed."""
    file = tmp_path / "deep.pkl"
    file.write_bytes(b"\x80\x02}K\x01" + b"\x85" * 1_000_000 + b"K\x01s.")
    with pytest.raises(DataError, match="damaged"):
        take_in(home, file)


def test_a_pickle_of_any_bytes_is_read_or_refused(tmp_path: Path, tokenizer: CharTokenizer) -> None:
    """A child reads mutated files: whatever stands in them, it answers and does not crash."""
    _, arrays = ttml_arrays("nanogpt", "new")
    config = {"transformer_config": SETTINGS["nanogpt"]}
    tiny = {name: array[..., :2, :2] for name, array in arrays.items()}
    whole = {"step": 5, "model_state": tiny, "tokenizer": tokenizer, "model_config": config}
    for protocol in range(6):
        (tmp_path / f"{protocol}.pkl").write_bytes(pickle.dumps(whole, protocol=protocol))
    child = [sys.executable, str(Path(__file__).with_name("mutating.py")), str(tmp_path), "800"]
    done = subprocess.run(child, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    assert done.stdout.endswith("800 read\n")


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
