"""`ttml.autograd.AutoContext`: the process's one device (section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .machine import Machine
from .several_chips import DistributedConfig
from .tensor import GradMode


def context_class(machine: Machine) -> type[Any]:
    generation = machine.generation

    class AutoContext:
        @staticmethod
        def get_instance() -> AutoContext:
            return the_only_one

        def open_device(
            self,
            mesh_shape: Sequence[int] | None = None,
            device_ids: Sequence[int] | None = None,
            /,
        ) -> None:
            shape = [1, 1] if mesh_shape is None else list(mesh_shape)
            if len(shape) != 2:
                raise RuntimeError("open_device: mesh_shape must have two elements")
            machine.open(int(np.prod(shape)))

        def close_device(self) -> None:
            machine.close()

        def get_device(self) -> Any:
            machine.need()
            return machine

        def set_seed(self, seed: int, /) -> None:
            if not 0 <= seed < 1 << 32:
                raise TypeError("set_seed(): incompatible function arguments")
            self._seed = seed
            machine.rng = np.random.default_rng(seed)

        def get_seed(self) -> int:
            return self._seed

        def reset_graph(self) -> None:
            machine.reset_graph()

        def set_gradient_mode(self, mode: GradMode, /) -> None:
            machine.records = mode is GradMode.ENABLED

    if generation.gradient_mode_getter:

        def get_gradient_mode(self: Any) -> GradMode:
            return GradMode.ENABLED if machine.records else GradMode.DISABLED

        AutoContext.get_gradient_mode = get_gradient_mode  # type: ignore[attr-defined]
    if generation.parallelism_context:

        def initialize_parallelism_context(self: Any, config: DistributedConfig, /) -> None:
            if machine.synchronises:
                raise RuntimeError("the parallelism context is initialised already")
            machine.synchronises = config.enable_ddp

        def is_parallelism_context_initialized(self: Any) -> bool:
            return machine.synchronises

        AutoContext.initialize_parallelism_context = (  # type: ignore[attr-defined]
            initialize_parallelism_context
        )
        AutoContext.is_parallelism_context_initialized = (  # type: ignore[attr-defined]
            is_parallelism_context_initialized
        )
    the_only_one = AutoContext()
    return AutoContext
