"""What a try of a few steps has measured, kept for each host and each configuration that costs.

A try is the only source of an estimate of time: no table of devices, no formula.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import socket
from dataclasses import dataclass
from pathlib import Path

from ..config import RunConfig
from ..convert import build
from ..disk import atomic, reading
from ..disk.folders import disk_error
from ..errors import TtgptError
from ..training.schedule import resolve_steps
from ..worker_settings import load_backend

STEPS = 20

_COSTS_NOTHING = {
    "train": {
        *("max_steps", "epochs", "lr", "min_lr", "warmup_steps", "schedule", "weight_decay"),
        *("beta1", "beta2", "adam_eps", "grad_clip", "seed", "log_interval", "eval_interval"),
        *("eval_tokens", "checkpoint_interval", "keep_best", "keep_last", "milestones"),
        *("patience", "pause_on_divergence"),
    },
    "sample": {"interval", "temperature", "top_k", "top_p", "seed"},
}
"""Settings that a step's, an evaluation's or a sample's duration does not depend on."""


@dataclass(frozen=True)
class Try:
    """What was measured on one host, by the code that trains, on the text it will train on."""

    host: str
    device: str
    dtype: str
    parameters: int
    vocab_size: int
    train_tokens: int
    val_tokens: int
    tokens_per_step: int
    steps: int
    first_ms: float
    """Of the first step, with whatever is compiled in it."""
    ms_per_step: float
    """The median of the steps after the first."""
    evaluation_s: float
    """Seconds of an evaluation over `evaluated_tokens` validation tokens."""
    evaluated_tokens: int
    sample_s: float
    """Seconds of drawing all samples once; 0 where none are drawn."""
    peak_bytes: int | None
    """Most memory that the process took; None where it lies on another device."""
    created: float
    """Unix time."""

    @property
    def tokens_per_s(self) -> float:
        """Tokens a second while it steps."""
        return 1000 * self.tokens_per_step / self.ms_per_step


def key_of(config: RunConfig, backend: str, host: str | None = None) -> str:
    """Name what a try holds for: a host, a backend, and all settings that cost time or memory."""
    raw = config.to_dict()
    for section, names in _COSTS_NOTHING.items():
        for name in names:
            raw[section].pop(name, None)
    host = host or socket.gethostname()
    about = {"host": host, "backend": backend, "config": raw, "steps": STEPS}
    text = json.dumps(about, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def load(home: Path, config: RunConfig, backend: str = "auto") -> Try | None:
    """Give what was measured here for a configuration, if it was.

    Args:
        home: The home folder.
        config: The configuration.
        backend: What is to compute; `auto` takes the one in the settings.
    """
    try:
        found = build(Try, reading.read_object(_path(home, config, backend)), "")
        return found if found.ms_per_step > 0 else None
    except TtgptError:
        return None


def save(home: Path, config: RunConfig, measured: Try, backend: str = "auto") -> None:
    """Keep what was measured with a backend; `auto` is the one in the settings.

    Raises:
        DataError: The disk refused, or the settings cannot be read.
        UsageError: The settings name no backend.
    """
    path = _path(home, config, backend)
    try:
        path.parent.mkdir(exist_ok=True)
        atomic.write_json(path, dataclasses.asdict(measured))
    except OSError as error:
        raise disk_error("What was measured cannot be kept.", error) from error


def seconds_of(config: RunConfig, measured: Try) -> float:
    """Estimate how long a run takes: its steps, evaluations and samples; saving is not counted."""
    train, sample = config.train, config.sample
    steps, _ = resolve_steps(train, measured.train_tokens, config.model.block_size)
    stepping = (measured.first_ms + (steps - 1) * measured.ms_per_step) / 1000
    share = min(train.eval_tokens, measured.val_tokens) / max(1, measured.evaluated_tokens)
    evaluating = (steps // train.eval_interval + 1) * measured.evaluation_s * share
    sampling = (steps // sample.interval + 1) * measured.sample_s if sample.interval else 0.0
    return stepping + evaluating + sampling


def _path(home: Path, config: RunConfig, backend: str) -> Path:
    wanted = load_backend(home) if backend == "auto" else backend
    return home / "tries" / f"{key_of(config, wanted)}.json"
