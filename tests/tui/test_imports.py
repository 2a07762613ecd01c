import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["ttgpt.tui.app", "ttgpt.tui.screens.train", "ttgpt.tui.screens.playground"]
)
def test_the_screen_never_computes(module: str) -> None:
    """In a fresh interpreter: what this one has loaded says nothing."""
    heavy = "{'numpy', 'torch', 'safetensors', 'ttnn', 'ttml'}"
    code = f"import sys, {module}\nprint(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_environment_is_prepared_before_textual_is_there() -> None:
    code = "import sys, ttgpt.tui.terminal\nprint('textual' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
