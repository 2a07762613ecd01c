"""What a run is made of: frozen dataclasses with a sentence and a range for each field.

Names are the field's usual ones. Everything that can be wrong with one value, or between two, is
said here, before a worker starts.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypedDict

from . import convert
from .errors import UsageError, nearest

MOST = 10**9
"""Highest whole number where nothing narrower is known: steps, tokens, ranks."""


class Range(TypedDict):
    """Both ends of a number, included."""

    low: float
    high: float


TEMPERATURE: Range = {"low": 0, "high": 100}
TOP_K: Range = {"low": 0, "high": MOST}
TOP_P: Range = {"low": 0, "high": 1}
REPETITION_PENALTY: Range = {"low": 0.001, "high": 1000}


def option(
    default: Any = dataclasses.MISSING,
    sentence: str = "",
    *,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """Declare a field with its default, its sentence of help and its range (ends included).

    A number needs both ends: without them a typed one could stop a live run by an overflow.
    """
    return dataclasses.field(default=default, metadata={"help": sentence, "low": low, "high": high})


def help_of(kind: type[Any], name: str) -> str:
    """Give the sentence of help of a config field."""
    fields = {f.name: f for f in dataclasses.fields(kind)}
    return str(fields[name].metadata.get("help", ""))


class Checked:
    """Checks each field against its declared range when the dataclass is made."""

    section: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if dataclasses.is_dataclass(self):
            for f in dataclasses.fields(self):
                check_range(type(self), f.name, getattr(self, f.name))
            self._check()

    def _check(self) -> None:
        """Check what lies between fields."""


def range_of(kind: type[Any], name: str) -> tuple[float | None, float | None]:
    """Give the lowest and the highest value of a config field; None where there is no such end."""
    metadata = next(f.metadata for f in dataclasses.fields(kind) if f.name == name)
    return metadata.get("low"), metadata.get("high")


def check_range(kind: type[Checked], name: str, value: Any) -> None:
    """Check a value, or each of several, against its field's declared range.

    Raises:
        UsageError: It lies outside, or is so near to 0 that dividing by it overflows.
    """
    low, high = range_of(kind, name)
    if low is None or high is None or value is None:
        return
    where = f"{kind.section}.{name}" if kind.section else name
    for number in value if isinstance(value, tuple) else (value,):
        if not low <= number <= high:
            wanted = f"at least {_written(low)}" if number < low else f"at most {_written(high)}"
        elif 0 < abs(number) < sys.float_info.min:
            wanted = "0 or further from it"
        else:
            continue
        raise UsageError(
            f"{where} is {convert.shown(number)}.",
            f"It must be {wanted}.",
            f"Set {where} to {wanted}.",
        )


def _written(end: float) -> str:
    return f"{end:,}" if isinstance(end, int) else f"{end:g}"


@dataclass(frozen=True, kw_only=True)
class ModelConfig(Checked):
    """The shape of the network."""

    section = "model"

    arch: Literal["nanogpt", "llama"] = option(
        "nanogpt", "Architecture: nanogpt (GPT-2 style) or llama."
    )
    n_layer: int = option(6, "Number of transformer blocks.", low=1, high=128)
    n_head: int = option(6, "Attention heads; n_embd must divide by it.", low=1, high=256)
    n_kv_head: int | None = option(
        None,
        "Key and value heads (llama): heads share them in groups. Empty: as many as n_head.",
        low=1,
        high=256,
    )
    n_embd: int = option(384, "Width of the residual stream.", low=2, high=16384)
    block_size: int = option(256, "Tokens the model can look back on.", low=2, high=65536)
    mlp_hidden: int | None = option(
        None,
        "Width inside the MLP. Empty: 4 n_embd (nanogpt), about 8/3 n_embd (llama).",
        low=1,
        high=2**20,
    )
    dropout: float = option(
        0.0, "Share of activations dropped in training; helps on small texts.", low=0, high=0.9
    )
    bias: bool = option(True, "Bias terms in linear layers and LayerNorm (nanogpt).")
    tie_weights: bool = option(True, "The output head shares the token embedding's weights.")
    rope_theta: float = option(
        10_000.0, "Base of the rotary position angles (llama).", low=1, high=1e12
    )
    norm_eps: float = option(
        1e-5, "Term that keeps the norms from dividing by zero.", low=1e-12, high=0.1
    )

    def _check(self) -> None:
        if self.n_embd % self.n_head:
            raise UsageError(
                f"model.n_embd is {self.n_embd} and model.n_head is {self.n_head}.",
                "Each head takes an equal share of the width.",
                f"Set model.n_head to {_fitting_heads(self.n_embd, self.n_head)}, or model.n_embd "
                f"to {self.n_head * max(1, round(self.n_embd / self.n_head))}.",
            )
        if self.n_head % self.kv_heads:
            raise UsageError(
                f"model.n_head is {self.n_head} and model.n_kv_head is {self.n_kv_head}.",
                "Each key and value head serves an equal group of heads.",
                f"Set model.n_kv_head to a divisor of {self.n_head}.",
            )
        if self.arch == "llama" and self.head_size % 2:
            raise UsageError(
                f"The head size is {self.head_size} (n_embd / n_head).",
                "Rotary positions turn neighbouring pairs, so it must be even.",
                "Change model.n_embd or model.n_head.",
            )

    @property
    def head_size(self) -> int:
        """Width of one head."""
        return self.n_embd // self.n_head

    @property
    def kv_heads(self) -> int:
        """Key and value heads, the default filled in."""
        return self.n_kv_head or self.n_head

    @property
    def hidden(self) -> int:
        """Width inside the MLP, the default filled in."""
        if self.mlp_hidden is not None:
            return self.mlp_hidden
        if self.arch == "llama":
            return 256 * math.ceil(self.n_embd * 8 / 3 / 256)
        return 4 * self.n_embd


def _fitting_heads(width: int, wanted: int) -> str:
    """Give the numbers of heads that share a width equally, the nearest ones to what was wanted."""
    fitting = [heads for heads in range(1, min(width, 256) + 1) if width % heads == 0]
    below = [heads for heads in fitting if heads < wanted][-1:]
    above = [heads for heads in fitting if heads > wanted][:1]
    return " or ".join(map(str, below + above))


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Checked):
    """How the network is trained."""

    section = "train"

    batch_size: int = option(64, "Sequences in a micro-batch.", low=1, high=65536)
    grad_accum_steps: int = option(
        1, "Micro-batches whose gradients make one step.", low=1, high=4096
    )
    max_steps: int | None = option(None, "Optimizer steps. Give this or epochs.", low=1, high=MOST)
    epochs: float | None = option(
        None, "Passes over the training part. Give this or max_steps.", low=1e-6, high=1e6
    )
    lr: float = option(1e-3, "Highest learning rate.", low=0, high=10)
    min_lr: float = option(1e-4, "Learning rate at the end of the schedule.", low=0, high=10)
    warmup_steps: int = option(
        100, "Steps over which the learning rate climbs from zero.", low=0, high=MOST
    )
    schedule: Literal["cosine", "linear", "constant"] = option(
        "cosine", "How the learning rate goes after the warm-up."
    )
    weight_decay: float = option(
        0.1, "AdamW decay of matrices; norms and biases have none.", low=0, high=10
    )
    beta1: float = option(0.9, "AdamW: memory of the gradient.", low=0, high=0.9999)
    beta2: float = option(0.99, "AdamW: memory of the squared gradient.", low=0, high=0.99999)
    adam_eps: float = option(
        1e-8, "AdamW: term that keeps the update from dividing by zero.", low=1e-16, high=0.1
    )
    grad_clip: float = option(
        1.0, "Longest gradient norm; longer ones are scaled down. 0 is off.", low=0, high=1e9
    )
    seed: int = option(1337, "Seed of weights, batches and dropout.", low=0, high=2**31 - 1)
    log_interval: int = option(10, "Steps between logged losses.", low=1, high=MOST)
    eval_interval: int = option(250, "Steps between evaluations.", low=1, high=MOST)
    eval_tokens: int = option(
        65_536, "Tokens of each part read at an evaluation, always the same ones.", low=1, high=MOST
    )
    checkpoint_interval: int = option(500, "Steps between checkpoints.", low=1, high=MOST)
    keep_best: int = option(1, "Checkpoints kept for the lowest validation loss.", low=0, high=100)
    keep_last: int = option(2, "Newest checkpoints kept.", low=1, high=1000)
    milestones: tuple[int, ...] = option(
        (), "Steps whose checkpoints are kept for good.", low=1, high=MOST
    )
    patience: int | None = option(
        None,
        "Stop after this many evaluations without a better validation loss. Empty: never.",
        low=1,
        high=MOST,
    )
    pause_on_divergence: bool = option(
        True, "Pause when the loss is not finite, or climbs and stays up."
    )
    precision: Literal["auto", "float32", "bfloat16"] = option(
        "auto",
        "Arithmetic of both passes; auto: bfloat16 where the processor multiplies it natively. A "
        "card has bfloat16: float32 keeps float32 weights beside it.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = option("auto", "Where PyTorch computes.")
    devices: int = option(
        1,
        "Chips of the card that share each batch (ttml); batch_size must divide by it.",
        low=1,
        high=1024,
    )
    threads: int | None = option(
        None,
        "CPU threads. Empty: one for every 2 GFLOP of a micro-batch, up to the cores.",
        low=1,
        high=1024,
    )
    compile: Literal["never", "first"] = option(
        "never",
        "Compiled steps (PyTorch): first compiles before the first step, which takes a minute.",
    )

    def _check(self) -> None:
        if (self.max_steps is None) == (self.epochs is None):
            given = "neither is given" if self.max_steps is None else "both are given"
            raise UsageError(
                f"train.max_steps and train.epochs: {given}.",
                "One of them says how long to train; the other follows from it.",
                "Give train.max_steps, or give train.epochs and set train.max_steps to none.",
            )
        if self.min_lr > self.lr and self.schedule != "constant":
            raise UsageError(
                f"train.min_lr ({self.min_lr:g}) is above train.lr ({self.lr:g}).",
                "The schedule goes down from lr to min_lr.",
                f"Set train.min_lr to {self.lr / 10:g} (a tenth of lr).",
            )

    @property
    def sequences_per_step(self) -> int:
        """Sequences that one optimizer step sees."""
        return self.batch_size * self.grad_accum_steps


@dataclass(frozen=True, kw_only=True)
class DataConfig(Checked):
    """Which text, and how it becomes tokens."""

    section = "data"

    source: str = option(
        "harbour", "A bundled text, tiny-shakespeare, a prepared set, or a file's path."
    )
    tokenizer: Literal["char", "byte", "bpe", "gpt2"] = option(
        "char", "What a token is: a character, a byte, or a piece of a word (bpe, gpt2)."
    )
    vocab_size: int = option(
        4096,
        "Tokens of the vocabulary that bpe makes; the others have their own.",
        low=257,
        high=2**20,
    )
    val_fraction: float = option(
        0.1, "Share of the text, at its end, held out for validation.", low=0.001, high=0.5
    )


@dataclass(frozen=True, kw_only=True)
class SampleConfig(Checked):
    """Text drawn while training, always with the same prompts and seed."""

    section = "sample"

    interval: int = option(250, "Steps between samples. 0 is off.", low=0, high=MOST)
    prompts: tuple[str, ...] = option(
        ("\n",), r"Texts that the model continues. ' | ' parts several; \n is a line end."
    )
    max_new_tokens: int = option(200, "Tokens written for each prompt.", low=1, high=100_000)
    temperature: float = option(
        0.8, "0 takes the likeliest token; 1 is the model's own odds.", **TEMPERATURE
    )
    top_k: int = option(40, "Only the k likeliest tokens may be drawn. 0 is off.", **TOP_K)
    top_p: float = option(
        1.0,
        "Only the likeliest tokens that make up this share may be drawn. 1 is off.",
        **TOP_P,
    )
    seed: int = option(1, "Seed of the draws.", low=0, high=2**63 - 1)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything a run needs; `config.json` holds it with every value resolved."""

    model: ModelConfig
    train: TrainConfig
    data: DataConfig
    sample: SampleConfig

    def to_dict(self) -> dict[str, Any]:
        """Give the config as plain values, for JSON and YAML."""
        return _plain(dataclasses.asdict(self))  # type: ignore[no-any-return]

    @staticmethod
    def from_dict(raw: dict[str, Any]) -> RunConfig:
        """Read a config.

        Raises:
            UsageError: A key is unknown or a value does not fit.
        """
        return convert.build(RunConfig, _of_now(raw), "")

    def with_settings(self, settings: dict[str, Any]) -> RunConfig:
        """Give a copy with some values changed.

        Args:
            settings: Dotted names to values, such as `{"train.max_steps": "200"}`.

        Raises:
            UsageError: A name is unknown or a value does not fit.
        """
        raw = self.to_dict()
        for dotted, value in settings.items():
            section, _, name = dotted.partition(".")
            known = [f"{s}.{n}" for s in raw for n in raw[s]]
            if section not in raw or name not in raw[section]:
                raise UsageError(
                    f"Unknown setting {convert.cut(dotted)}.",
                    "A setting is written section.name, such as train.max_steps.",
                    nearest(dotted, known),
                )
            raw[section][name] = value
        _choose_length(raw["train"], settings)
        return RunConfig.from_dict(raw)


def _of_now(raw: Any) -> Any:
    """Take what earlier versions wrote of compiling in mid-run, which is no more."""
    train = raw.get("train") if isinstance(raw, dict) else None
    if not isinstance(train, dict):
        return raw
    train = {name: value for name, value in train.items() if name != "deterministic"}
    if train.get("compile") == "auto":
        train["compile"] = "never"
    return {**raw, "train": train}


SETTINGS = tuple(
    f"{kind.section}.{f.name}"
    for kind in (ModelConfig, TrainConfig, DataConfig, SampleConfig)
    for f in dataclasses.fields(kind)
)
"""The dotted name of every setting."""


def _choose_length(train: dict[str, Any], settings: dict[str, Any]) -> None:
    """Let a newly given max_steps or epochs replace the other, unless both are given."""
    if "train.max_steps" in settings and "train.epochs" not in settings:
        train["epochs"] = None
    if "train.epochs" in settings and "train.max_steps" not in settings:
        train["max_steps"] = None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
