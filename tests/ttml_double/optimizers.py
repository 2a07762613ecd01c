"""`ttml.optimizers` (section 11): what rounds, what is copied when, what a state holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import bf16
from .device_tensor import DataType, Layout
from .device_tensor import Tensor as DeviceTensor
from .machine import Machine
from .modules import NamedParameters
from .tensor import Arrays, Tensor


@dataclass
class Settings:
    lr: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    amsgrad: bool = False
    stochastic_rounding: bool = False


class OptimizerBase:
    def __init__(self, parameters: NamedParameters, config: Settings, /) -> None:
        self._check(parameters)
        self.machine: Machine = next(iter(parameters.values())).machine
        self._parameters, self._config, self._steps = dict(parameters), config, 0
        self.machine.on_device.add(self)

    def _check(self, parameters: Any) -> None:
        if not isinstance(parameters, NamedParameters):
            machine = next(iter(parameters.values())).machine
            if not (isinstance(parameters, dict) and machine.generation.takes_dict):
                raise TypeError("__init__(): incompatible function arguments")

    def zero_grad(self) -> None:
        for tensor in self._parameters.values():
            tensor.clear_gradient()

    def get_lr(self) -> float:
        return self._config.lr

    def set_lr(self, lr: float, /) -> None:
        self._config.lr = float(np.float32(lr))

    def step(self) -> None:
        self._steps += 1
        for name, tensor in self._parameters.items():
            if tensor.is_grad_initialized():
                self._update(name, tensor, tensor.get_grad().chips)

    def _update(self, name: str, tensor: Tensor, gradients: Arrays) -> None:
        raise NotImplementedError

    def get_state_dict(self) -> dict[str, Any]:
        raise NotImplementedError

    def set_state_dict(self, dict: dict[str, Any], /) -> None:  # noqa: A002
        if not self.machine.generation.set_state_dict:
            raise RuntimeError("std::get: wrong index for variant")
        self._load(dict)

    def _load(self, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def _moments(
        self, theta: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One AdamW step in float32, unrounded: the weight and both moments."""
        c = self._config
        m = np.float32(c.beta1) * m + np.float32(1 - c.beta1) * g
        v = np.float32(c.beta2) * v + np.float32(1 - c.beta2) * g * g
        rise = m / np.float32(1 - c.beta1**self._steps)
        size = np.sqrt(v / np.float32(1 - c.beta2**self._steps)) + np.float32(c.epsilon)
        theta = theta * np.float32(1 - c.lr * c.weight_decay) - np.float32(c.lr) * rise / size
        return theta, m, v


class AdamW(OptimizerBase):
    """bfloat16 throughout: weights and moments are updated in place."""

    def __init__(self, parameters: NamedParameters, config: Settings, /) -> None:
        super().__init__(parameters, config)
        self._first, self._second = (_zeros(self._parameters, DataType.BFLOAT16) for _ in "12")

    def _update(self, name: str, tensor: Tensor, gradients: Arrays) -> None:
        first, second = self._first[name], self._second[name]
        stochastic, rng = self._config.stochastic_rounding, self.machine.rng
        chips = zip(tensor.chips, gradients, first.chips, second.chips, strict=True)
        after = [self._moments(*arrays) for arrays in chips]
        thetas = [bf16.stochastic(t, rng) if stochastic else bf16.nearest(t) for t, _, _ in after]
        first.write_in_place([bf16.nearest(m) for _, m, _ in after])
        second.write_in_place([bf16.nearest(v) for _, _, v in after])
        tensor.write_in_place(thetas)

    def get_state_dict(self) -> dict[str, Any]:
        moments = NamedParameters(self._first), NamedParameters(self._second)
        if self.machine.generation.name == "old":
            return {"first_moment": moments[0], "second_moment": moments[1], "steps": self._steps}
        scalars = {k: v for k, v in vars(self._config).items()}
        return {"steps": self._steps, **scalars, "exp_avg": moments[0], "exp_avg_sq": moments[1]}

    def _load(self, state: dict[str, Any]) -> None:
        _check_keys(state, self.get_state_dict())
        self._steps = int(state["steps"])
        self._config.lr = float(state["lr"])  # the saved rate comes back too (section 11.3)
        for name in self._parameters:
            self._first[name].assign(state["exp_avg"][name])
            self._second[name].assign(state["exp_avg_sq"][name])


class AdamWFullPrecision(OptimizerBase):
    """Float32 masters, copied from the parameters when it is made (section 11.4)."""

    def __init__(self, parameters: NamedParameters, config: Settings, /) -> None:
        super().__init__(parameters, config)
        self._masters = _zeros(self._parameters, DataType.FLOAT32)
        for name, tensor in self._parameters.items():
            self._masters[name].write_in_place(tensor.chips)
        self._first, self._second = (_zeros(self._parameters, DataType.FLOAT32) for _ in "12")

    def _update(self, name: str, tensor: Tensor, gradients: Arrays) -> None:
        parts = (self._masters[name], self._first[name], self._second[name])
        masters, first, second = (part.chips for part in parts)
        chips = zip(masters, gradients, first, second, strict=True)
        for part, arrays in zip(
            parts, zip(*(self._moments(*a) for a in chips), strict=True), strict=True
        ):
            part.write_in_place(list(arrays))
        stored = tensor.get_value()
        copies = [array.copy() for array in self._masters[name].chips]
        tensor.set_value(DeviceTensor(self.machine, copies, DataType.BFLOAT16, stored.layout))

    def get_state_dict(self) -> dict[str, Any]:
        return {
            "steps": self._steps,
            "amsgrad": self._config.amsgrad,
            "master_weights": NamedParameters(self._masters),
            "exp_avg": NamedParameters(self._first),
            "exp_avg_sq": NamedParameters(self._second),
        }

    def _load(self, state: dict[str, Any]) -> None:
        _check_keys(state, self.get_state_dict())
        self._steps = int(state["steps"])
        for name in self._parameters:
            self._masters[name].assign(_float32(state["master_weights"][name]))
            self._first[name].assign(_float32(state["exp_avg"][name]))
            self._second[name].assign(_float32(state["exp_avg_sq"][name]))


def _zeros(parameters: dict[str, Tensor], dtype: DataType) -> dict[str, Tensor]:
    made = {}
    for name, tensor in parameters.items():
        blank = [np.zeros_like(array) for array in tensor.chips]
        made[name] = type(tensor)(DeviceTensor(tensor.machine, blank, dtype, Layout.TILE), False)
    return made


def _check_keys(state: dict[str, Any], own: dict[str, Any]) -> None:
    if set(state) != set(own):
        raise RuntimeError(f"set_state_dict: keys {sorted(state)} are not {sorted(own)}")


def _float32(tensor: Tensor) -> Tensor:
    if tensor.dtype() is not DataType.FLOAT32:
        raise RuntimeError("set_state_dict: AdamWFullPrecision keeps its state in float32")
    return tensor


def optimizer_members(machine: Machine) -> dict[str, Any]:
    generation = machine.generation

    class AdamWConfig(Settings):
        if generation.stochastic_rounding:

            @staticmethod
            def make(
                lr: float,
                beta1: float,
                beta2: float,
                epsilon: float,
                weight_decay: float,
                amsgrad: bool = False,
                stochastic_rounding: bool = False,
                /,
            ) -> Settings:
                return Settings(
                    lr, beta1, beta2, epsilon, weight_decay, amsgrad, stochastic_rounding
                )

        else:

            @staticmethod
            def make(  # type: ignore[misc]
                lr: float, beta1: float, beta2: float, epsilon: float, weight_decay: float, /
            ) -> Settings:
                return Settings(lr, beta1, beta2, epsilon, weight_decay)

    class AdamWFullPrecisionConfig(Settings):
        @staticmethod
        def make(
            lr: float,
            beta1: float,
            beta2: float,
            epsilon: float,
            weight_decay: float,
            amsgrad: bool = False,
            /,
        ) -> Settings:
            return Settings(lr, beta1, beta2, epsilon, weight_decay, amsgrad)

    members: dict[str, Any] = {
        "OptimizerBase": OptimizerBase,
        "AdamW": AdamW,
        "AdamWConfig": AdamWConfig,
    }
    if generation.full_precision:
        members["AdamWFullPrecision"] = AdamWFullPrecision
        members["AdamWFullPrecisionConfig"] = AdamWFullPrecisionConfig
    return members
