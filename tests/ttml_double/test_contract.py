"""The double's signatures are the contract's, and the backend uses nothing beyond them."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from . import GENERATIONS, Machine, modules_of
from .modules import AbstractModuleBase

HERE = Path(__file__).parent
CONTRACT: dict[str, dict[str, Any]] = json.loads((HERE / "contract.json").read_text("utf-8"))
MORE: dict[str, Any] = json.loads((HERE / "contract_more.json").read_text("utf-8"))
BACKEND = HERE.parents[1] / "engine" / "backends" / "ttml_backend"

CONFIGS = {"ttml.models.llama.LlamaConfig", "ttml.models.nanogpt.NanoGPTConfig"}
"""Their fields grew and shrank; `test_configs_hold_the_contracts_fields` compares them."""


def _found(machine: Machine) -> dict[str, Any]:
    """Every public name of the double, by its dotted path."""
    made: dict[str, Any] = {}
    for path, module in modules_of(machine).items():
        for name, value in vars(module).items():
            if not name.startswith("_") and not inspect.ismodule(value):
                made[f"{path}.{name}"] = value
    distributed = made.pop("ttml.core.distributed")
    made |= {f"ttml.core.distributed.{n}": value for n, value in vars(distributed).items()}
    return made


def _attribute(found: dict[str, Any], path: str) -> Any:
    owner, _, name = path.rpartition(".")
    return found[path] if path in found else getattr(found.get(owner), name, None)


def _written(call: Any) -> list[str]:
    """A signature in the contract's words, for a method without its self."""
    parameters = inspect.signature(call).parameters.values()
    return [
        p.name if p.default is p.empty else f"{p.name}={_default(p.default)}"
        for p in parameters
        if p.name != "self"
    ]


def _default(value: Any) -> str:
    if isinstance(value, Enum):
        kind = {"NativePrecision": "PreferredPrecision"}.get(
            type(value).__name__, type(value).__name__
        )
        return f"{'ttnn.' if kind == 'Layout' else ''}{kind}.{value.name}"
    return repr(value)


CALLS = {
    path: entry
    for path, entry in CONTRACT.items()
    if entry["kind"] in ("method", "staticmethod", "function")
}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_signature_is_the_contracts(generation: str) -> None:
    found, compared = _found(Machine(GENERATIONS[generation])), 0
    for path, entry in CALLS.items():
        call = _attribute(found, path)
        if call is None:
            continue  # `test_what_the_double_lacks` says what may be missing
        expected, written = entry["params"], _written(call)
        if path.endswith("AdamWConfig.make") and generation == "old":
            expected = expected[:5]  # as the contract's note says
        if path.endswith("to_numpy"):
            written = written[:2]  # newer ones take a third, which is not safe to give
        assert written == expected, path
        if not entry.get("kwargs_ok"):
            kinds = {p.kind for n, p in inspect.signature(call).parameters.items() if n != "self"}
            assert kinds <= {inspect.Parameter.POSITIONAL_ONLY}, f"{path}: call it positionally"
        compared += 1
    assert compared > 35


def test_everything_public_in_the_double_is_in_the_contract() -> None:
    known = set(CONTRACT) | set(MORE)
    for generation in GENERATIONS.values():
        found = _found(Machine(generation))
        beyond = {path for path in found if path not in known}
        # Classes of which the contract has the methods, and what only a config refers to.
        beyond -= {path for path in beyond if any(k.startswith(f"{path}.") for k in known)}
        helpers = ("LlamaRopeScalingConfig", "CppLlamaConfig", "create_cpp_llama_model")
        assert not {path for path in beyond if not path.endswith(helpers)}, generation.name


def test_what_the_double_lacks() -> None:
    found = _found(Machine(GENERATIONS["newest"]))
    missing = {path for path in CONTRACT if path != "_meta" and _attribute(found, path) is None}
    unused = ("sample", "KvCache", "memory_efficient", "SGD", "create_optimizer", "checkpointing")
    unused += ("ttnn.argmax", "ttnn.from_buffer", "ttnn.clone")
    assert {path for path in missing if not any(word in path for word in unused)} == set()


@pytest.mark.parametrize("path", sorted(CONFIGS))
def test_configs_hold_the_contracts_fields(path: str) -> None:
    config = _found(Machine(GENERATIONS["new"]))[path]
    written = [_field(f) for f in dataclasses.fields(config)]
    assert written[: len(CONTRACT[path]["params"])] == CONTRACT[path]["params"]


def _field(field: Any) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f"{field.name}={field.default_factory.__name__}()"
    return f"{field.name}={_default(field.default)}"


def _chains(source: str) -> Iterator[str]:
    """Dotted names that begin at `ttml` or `ttnn`, the longest only."""
    inside: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        if node in inside or not isinstance(node, ast.Attribute):
            continue
        parts, at = [], node
        while isinstance(at, ast.Attribute):
            parts.append(at.attr)
            inside.add(at)
            at = at.value  # type: ignore[assignment]
        if isinstance(at, ast.Name) and at.id in ("ttml", "ttnn"):
            yield ".".join([at.id, *reversed(parts)])


def test_every_symbol_of_the_backend_is_in_the_contract() -> None:
    enums = {p: e["params"] for p, e in CONTRACT.items() if e["kind"] == "enum"}
    known = {p for p in (*CONTRACT, *MORE) if p != "_meta"}
    known |= {f"{path}.{member}" for path, members in enums.items() for member in members}
    prefixes = {path[:i] for path in known for i, c in enumerate(path) if c == "."}
    used = {c for file in BACKEND.glob("*.py") for c in _chains(file.read_text("utf-8"))}
    assert len(used) > 20
    assert used - known - prefixes == set()


TENSORS = {"assign", "backward", "get_grad", "get_value", "is_grad_initialized", "set_grad"}
TENSORS |= {"from_numpy", "to_numpy"}


def test_every_method_that_the_backend_calls_is_in_the_contract() -> None:
    """Objects have no types here, so each method name is looked for wherever it may belong."""
    methods = {path.rpartition(".")[2] for path, e in CONTRACT.items() if "method" in e["kind"]}
    named = {
        node.func.attr
        for file in BACKEND.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    public = {n for n in dir(AbstractModuleBase) if not n.startswith("_")} | TENSORS
    assert named >= TENSORS, "the scan sees what the backend surely calls"
    assert (named & public) - methods <= {"forward"}
