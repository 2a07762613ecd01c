import subprocess
import sys


def test_the_screen_can_use_these_without_numpy() -> None:
    """In a fresh interpreter: what this one has loaded says nothing."""
    names = (
        "baselines, checkpoint_info, corpus, datasets, download, encoding, estimate, folders, "
        "prepare, retention, schedule, sealed, tokenizer"
    )
    heavy = "{'numpy', 'torch', 'safetensors', 'textual', 'rich'}"
    code = (
        f"import sys\nfrom ttgpt.engine import {names}\nprint(sorted({heavy} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
