"""Checkpoints of a run, whole but small, without a model behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.data.tokenizer import CharTokenizer, Tokenizer

CHARACTERS = CharTokenizer.from_text(
    "\n ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz,.:;?!'-"
)


def save_checkpoint(
    run: Path,
    step: int,
    *,
    kind: str = "interval",
    val_loss: float = 2.0,
    tokenizer: Tokenizer = CHARACTERS,
    prompt: str = "ROMEO:\n",
    block_size: int = 64,
    progress: dict[str, object] | None = None,
) -> Path:
    """Write a checkpoint into a run's folder."""
    config = RunConfig(
        model=ModelConfig(block_size=block_size),
        train=TrainConfig(max_steps=3000),
        data=DataConfig(),
        sample=SampleConfig(prompts=(prompt,)),
    )
    return checkpoint.save(
        run / "checkpoints",
        step,
        {"wte.weight": np.zeros((4, 4), np.float32)},
        None,
        config.to_dict(),
        tokenizer.to_json(),
        {"kind": kind, "tokens": step, "train_loss": val_loss, "val_loss": val_loss}
        | ({} if progress is None else {"progress": progress}),
    )


def damage(folder: Path) -> None:
    """Cut a checkpoint's weights short."""
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
