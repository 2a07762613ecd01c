"""What the libraries under the worker are told."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

ASKED = """
import os, resource
from ttgpt.engine.worker.libraries import settle_libraries
settle_libraries()
def pages_for_a_block():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = b"x" * 25_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(pages_for_a_block(), pages_for_a_block())
print(os.environ["OMP_WAIT_POLICY"], os.environ["OPENBLAS_NUM_THREADS"])
"""


def told(**environment: str) -> list[str]:
    """Settle in a new process, and give the pages of two equal blocks, then the settings."""
    ours = ("OMP_", "OPENBLAS_", "MALLOC_", "GLIBC_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, "-c", ASKED]
    return subprocess.check_output(command, env={**clean, **environment}, text=True).split()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_is_used_again_without_new_pages() -> None:
    first, second, *settings = told()
    assert int(second) <= int(first) / 10
    assert settings == ["PASSIVE", "1"]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(
    "memory",
    [
        {"MALLOC_MMAP_THRESHOLD_": "131072"},
        {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=131072"},
    ],
)
def test_what_a_person_has_set_stays(memory: dict[str, str]) -> None:
    asked = {"OMP_WAIT_POLICY": "ACTIVE", "OPENBLAS_NUM_THREADS": "3"}
    first, second, *settings = told(**asked, **memory)
    assert int(second) > int(first) / 2
    assert settings == ["ACTIVE", "3"]
