"""An unpickler that runs nothing out of the file.

A pickle is a program: it names things to import and calls them. Here every name is looked up in a
short list. Arrays are made here, of the file's bytes; a class of a stock trainer becomes a record
without behaviour; anything else is refused by its name.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import DataError

_KNOWN_CLASSES = {
    "BPETokenizer", "CharTokenizer", "DataType", "DeviceConfig", "Layout", "LlamaConfig",
    "LlamaRopeScalingConfig", "ModelConfig", "ModelExperimentalConfig", "NanoGPTConfig",
    "NanoGPTExperimentalConfig", "RunnerType", "SchedulerConfig", "TokenizerConfig",
    "TrainingConfig", "TransformerConfig", "WeightTyingType",
}  # fmt: skip
_THEIR_MODULES = (
    "__main__", "_ttml", "ttml", "ttnn", "train_nanogpt", "trainer", "train", "config"
)  # fmt: skip


class Record:
    """What an object of a known class held; it does nothing."""

    def __init__(self, *_: Any, **named: Any) -> None:
        vars(self).update(named)

    def __setstate__(self, state: Any) -> None:
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                vars(self).update({k: v for k, v in part.items() if isinstance(k, str)})


class _DType:
    """What a NumPy dtype becomes: a plain kind of number, of which a file sets the byte order."""

    def __init__(self, code: str, *_: Any) -> None:
        if not re.fullmatch(r"[<>=|]?(b1|[iu][1248]|f[248])", code):
            raise DataError(
                f"This checkpoint has arrays of {code[:40]!r}.",
                "Only arrays of plain numbers are let through.",
                "If you trust it, export its weights with the program that wrote it.",
            )
        self.code = code.lstrip("<>=|")
        self.order = "="

    def __setstate__(self, state: Any) -> None:
        self.order = {"<": "<", ">": ">"}.get(state[1], "=")


class Array:
    """What a NumPy array becomes; it has no `values` before its bytes are found to fit its shape.

    NumPy's own is never called: it would take a type and a size that are not those of its bytes.
    """

    values: npt.NDArray[Any] | None = None

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, is_fortran, raw = state
        self.values = _numbers(raw, dtype, shape, "F" if is_fortran else "C")


class _Mapping(dict[Any, Any]):
    """What an OrderedDict becomes; attributes that a file gives it are left out."""

    def __setstate__(self, state: Any) -> None:
        pass


def _numbers(raw: Any, dtype: Any, shape: Any, order: Any) -> npt.NDArray[Any]:
    if not (isinstance(raw, (bytes, bytearray)) and isinstance(dtype, _DType)):
        raise ValueError("an array without bytes or without a type")
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError("an array without a shape")
    flat = np.frombuffer(raw, dtype.order + dtype.code)
    numbers: npt.NDArray[Any] = flat.reshape(shape, order=order)
    return numbers


def _from_buffer(raw: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> Array:
    array = Array()
    if axes is None:
        array.values = _numbers(raw, dtype, shape, order)
    else:
        array.values = _numbers(raw, dtype, shape, "C").transpose(axes)
    return array


def _scalar(dtype: Any, raw: Any) -> Any:
    return _numbers(raw, dtype, (), "C").item()


def _bytes_of(text: Any, encoding: Any) -> bytes:
    """Do what old protocols write bytes with; other codecs could unfold a little to a lot."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError(f"bytes written as {str(encoding)[:40]!r}")
    return text.encode("latin-1")


_NUMPY = {
    "_reconstruct": Array,
    "ndarray": Array,
    "_frombuffer": _from_buffer,
    "scalar": _scalar,
    "dtype": _DType,
}
"""By what NumPy calls them; the modules around them were renamed between its versions."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Give what a name stands for here; only these are ever called."""
        root = module.partition(".")[0]
        if root == "numpy" and name in _NUMPY:
            return _NUMPY[name]
        if (module, name) == ("_codecs", "encode"):
            return _bytes_of
        if (module, name) == ("collections", "OrderedDict"):
            return _Mapping
        if (root, name) == ("ml_dtypes", "bfloat16"):
            return "u2"  # its bits; `reading` widens them
        if root in _THEIR_MODULES and name in _KNOWN_CLASSES:
            return type(name, (Record,), {})
        raise DataError(
            f"This checkpoint wants to load {module}.{name}.",
            "Its file is a Python pickle, which could run a program; only arrays, numbers, texts "
            "and the stock trainers' own classes are let through.",
            "If you trust it, export its weights with the program that wrote it.",
        )

    def persistent_load(self, pid: Any) -> Any:
        """Refuse what lies outside the file."""
        raise DataError(
            "This checkpoint refers to data outside its file.",
            "What lies there is not read.",
            "Export its weights with the program that wrote it.",
        )


def records(file: BinaryIO) -> Iterator[Any]:
    """Give the pickles in a file, one after another.

    Raises:
        DataError: It names something that is not let through, or is damaged.
    """
    while file.read(1):
        file.seek(-1, 1)
        try:
            yield _Unpickler(file).load()
        except DataError:
            raise
        except Exception as error:  # a damaged pickle may fail in any way
            raise damaged(error) from error


def damaged(error: Exception) -> DataError:
    """Say that a file cannot be used."""
    return DataError(
        "This file is damaged, or no checkpoint of a stock trainer.",
        f"{type(error).__name__}: {str(error)[:200]}",
        "Choose another one.",
    )
