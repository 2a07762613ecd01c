"""The other end of a probe: runs by itself in whichever interpreter is asked about.

    python child.py python | torch | ttnn [devices] | ttml | device

Standard library alone until the question is known, and nothing newer than Python 3.8, so that an
interpreter that is too old can still say so. Prints one line: a mark, a word, a JSON object.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import re
import resource
import signal
import sys
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "yaml", "platformdirs", "safetensors", "torch", "ttnn", "ttml", "_ttml")

_BACKTRACE = re.compile(r"^(?:backtrace:|Location: |\s*\d+\. )", re.MULTILINE)
"""Where the words of tt-metal's or tt-umd's messages end and a hundred lines of frames begin."""

_LAST_RESORT = 300
"""Seconds after which the kernel ends this process: its parent may have been killed meanwhile."""


def about_python() -> dict[str, Any]:
    """Say what this interpreter is and where it would find packages, importing none of them."""
    return {
        "version": platform.python_version(),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "libc": " ".join(platform.libc_ver()).strip(),
        "packages": {name: _about_package(name) for name in PACKAGES},
    }


def _about_package(name: str) -> dict[str, Any] | None:
    try:
        spec = importlib.util.find_spec(name)
    except Exception:  # a finder of the environment's own, which may raise anything
        return None
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or [])
    folder = Path(spec.origin).parent if spec.origin else Path(places[0]) if places else Path()
    return {
        "origin": spec.origin,
        "folder": str(folder),
        "files": _names_in(folder),
        "distribution": _distribution(name),
    }


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:500]
    except OSError:
        return []


def _distribution(name: str) -> dict[str, str]:
    try:
        from importlib import metadata

        found = metadata.metadata(name)
    except ImportError:  # not installed as a distribution, or Python 3.7
        return {}
    return {key.lower(): found[key] or "" for key in ("Name", "Version", "Summary")}


def about_torch() -> dict[str, Any]:
    """Import torch and say which accelerator it sees."""
    torch = importlib.import_module("torch")
    said = {"version": torch.__version__, "built_for": torch.version.cuda or torch.version.hip}
    cuda = torch.cuda.is_available()
    said["gpus"] = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] * cuda
    said["mps"] = bool(torch.backends.mps.is_available())
    return said


def about_ttnn(wanted: str = "") -> dict[str, Any]:
    """Import ttnn; on request also count devices, which opens real ones."""
    ttnn = importlib.import_module("ttnn")
    if getattr(ttnn, "__file__", None) is None:
        raise ImportError(f"namespace package: {list(ttnn.__path__)}")
    said: dict[str, Any] = {"file": ttnn.__file__}
    if wanted == "devices":
        said["devices"] = ttnn.GetNumAvailableDevices()
        said["arch"] = ttnn.get_arch_name()
        said["cluster"] = str(ttnn.cluster.get_cluster_type()).rpartition(".")[2]
    return said


def about_ttml() -> dict[str, Any]:
    """Import ttnn first, as the bindings of ttml want it, then ttml."""
    ttnn = importlib.import_module("ttnn")
    ttml = importlib.import_module("ttml")
    autograd = ttml.autograd
    return {"file": ttml.__file__, "ttnn": ttnn.__file__, "autograd": str(autograd.__name__)}


def about_device() -> dict[str, Any]:
    """Open the first device, put a tensor on it, read it back, close the device."""
    ttnn = importlib.import_module("ttnn")
    device = ttnn.open_device(device_id=0)
    try:
        # float32 in rows: numpy knows it, and no kernel is compiled for it.
        shape, kind, layout = [32, 32], ttnn.float32, ttnn.ROW_MAJOR_LAYOUT
        ones = ttnn.full(shape, 1.0, dtype=kind, layout=layout, device=device)
        total = float(ttnn.from_device(ones).to_numpy().sum())
    finally:
        ttnn.close_device(device)
    return {"sum": total, "arch": ttnn.get_arch_name(), "devices": ttnn.GetNumAvailableDevices()}


def main() -> None:
    """Answer the question of the command line."""
    sys.path[:] = [p for p in sys.path if p != str(Path(__file__).resolve().parent)]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(_LAST_RESORT)
    word = os.environ.pop("TTGPT_PROBE", "")
    questions = {
        "python": about_python,
        "torch": about_torch,
        "ttnn": about_ttnn,
        "ttml": about_ttml,
        "device": about_device,
    }
    try:
        said = questions[sys.argv[1]](*sys.argv[2:])
    except BaseException as error:
        message = _BACKTRACE.split(str(error))[0].strip()
        said = {"error": [type(error).__name__, message[:2000]]}
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, f"\n@@PROBE {word} {json.dumps(said)}\n".encode())


if __name__ == "__main__":
    main()
