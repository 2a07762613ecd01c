"""The plan measured for a model on this host, kept so that the next run need not measure again."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import socket
from pathlib import Path
from typing import Any

import torch

from ...config import ModelConfig, TrainConfig
from ...disk import atomic
from .plan import Plan
from .runtime import REVISION, Runtime

_BUSY_SHARE = 0.75
"""A host whose load is above this share of its cores measures for itself alone."""


@dataclasses.dataclass(frozen=True)
class KeptPlan:
    """Where one model's plan on this host is kept.

    Args:
        path: A JSON file; None keeps nothing.
    """

    path: Path | None

    def load(self) -> tuple[Plan, str] | None:
        """Give the plan and the words on why, if there is a whole one."""
        if self.path is None:
            return None
        try:
            raw: Any = json.loads(self.path.read_text("utf-8"))
            return Plan(str(raw["precision"]), int(raw["threads"])), str(raw["note"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, plan: Plan, note: str) -> None:
        """Keep a plan, unless the host is busy: then it says little about a quiet one.

        A disk that refuses costs the next run a second, nothing more.
        """
        if self.path is None or _is_busy():
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            atomic.write_json(self.path, {**dataclasses.asdict(plan), "note": note})


def kept_plan(
    folder: Path | None, model: ModelConfig, vocab_size: int, train: TrainConfig, runtime: Runtime
) -> KeptPlan:
    """Find the place of a plan in a folder: one for all that the choice depends on."""
    if folder is None:
        return KeptPlan(None)
    about = {
        "host": socket.gethostname(),
        "device": runtime.device_name,
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "cores": runtime.threads,
        "torch": torch.__version__,
        "revision": REVISION,
        "model": dataclasses.asdict(dataclasses.replace(model, dropout=0.0)),
        "vocab_size": vocab_size,
        "asked": [train.batch_size, train.precision, train.threads],
    }
    name = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:20]
    return KeptPlan(folder / f"plan-{name}.json")


def _is_busy() -> bool:
    return os.getloadavg()[0] > _BUSY_SHARE * (os.cpu_count() or 1)
