"""What tt-metal's messages mean: the words that people meet, and what to do about each.

The messages are those of ttnn 0.81.1, tt-umd and tt-train, as printed or as read in their sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Saying:
    """A message and its meaning."""

    sign: str
    """Regular expression that is searched in the message."""
    what: str
    why: str
    next_step: str
    command: str = ""


REBUILD = "./build_metal.sh --build-tt-train"
"""To be run in a tree of tt-metal; `checks.building` says where."""
RESET_ONCE = "Reset the cards once, then run this check again."

SAYINGS = (
    Saying(
        r"namespace package",
        "only a source folder named ttnn was found",
        "A tt-metal checkout is on the path, but ttnn is neither built nor installed.",
        "Build the checkout, or take it off PYTHONPATH.",
        REBUILD,
    ),
    Saying(
        r"No module named 'ttnn\._ttnn'",
        "ttnn is an unbuilt tree, or of another Python",
        "Its compiled part is missing for this interpreter.",
        "Build tt-metal with this Python, or choose the Python it was built with.",
        REBUILD,
    ),
    Saying(
        r"MPIX_Comm_revoke",
        "the wrong OpenMPI is found first",
        "tt-metal needs the ULFM build of OpenMPI; another one lies before it on the path.",
        "Put the ULFM build first on the worker's LD_LIBRARY_PATH.",
        "ls -d /opt/openmpi-*-ulfm/lib",
    ),
    Saying(
        r"GLIBC_[0-9.]+' not found",
        "ttnn needs a newer glibc than this system's",
        "Its wheels are built for glibc 2.34 and newer.",
        "Use Ubuntu 22.04, Debian 12 or newer, or build tt-metal here.",
    ),
    Saying(
        r"std::bad_cast|failed to find ttnncpp\.so",
        "ttml and ttnn are of different builds",
        "The two compiled parts do not know each other's types: std::bad_cast.",
        "Build ttnn and ttml together, from a clean tree.",
        REBUILD,
    ),
    Saying(
        r"undefined symbol",
        "libraries of different builds are mixed",
        "A part was built against another version; or LD_PRELOAD or a second ttnn interferes.",
        "Build again from a clean tree; uninstall a second ttnn; unset LD_PRELOAD.",
        REBUILD,
    ),
    Saying(
        r"cannot import name '_ttml'|No module named '_?ttml\._ttml'|No module named '_ttml'",
        "ttml is there, but its extension is not built",
        "Only the Python files of tt-train were found.",
        "Build tt-metal with tt-train, and put its build folder on the path too.",
        REBUILD,
    ),
    Saying(
        r"has no attribute 'autograd'|No module named 'ttml\.autograd'",
        "this ttml is another project (tensor trains)",
        "The package of that name on PyPI has nothing to do with Tenstorrent.",
        "Uninstall it; the right one is built from tt-metal.",
        "python -m pip uninstall ttml",
    ),
    Saying(
        r"libtt_metal\.so|cannot open shared object file|[Ll]ibrary (directory )?not found",
        "a library of tt-metal cannot be opened",
        "The library path is wrong, or the tree was moved after it was built.",
        "Add the tree's build/lib to the worker's LD_LIBRARY_PATH, or build again.",
        REBUILD,
    ),
    Saying(
        r"sfpi not found",
        "the SFPI compiler is not found",
        "ttnn compiles its kernels with it; without it no device opens.",
        "Install it from Tenstorrent's package repository.",
        "sudo apt install sfpi",
    ),
    Saying(
        r"Cannot query compiler version",
        "the SFPI compiler cannot be run",
        "Its file is there, but may not be executed.",
        "Install it again.",
        "sudo apt install --reinstall sfpi",
    ),
    Saying(
        r"build failed\. Log:|Failed to generate binaries",
        "the SFPI compiler does not compile a kernel",
        "Its version is not the one that this ttnn wants, or the cache of kernels is damaged.",
        "Install the version that ttnn wants, and empty the cache of kernels.",
        "sudo apt install --only-upgrade sfpi",
    ),
    Saying(
        r"circular buffers? .*beyond max L1",
        "a kernel does not fit into the chip's cores",
        "Of this shape of model, batch and block its buffers are larger than a core's memory.",
        "Take a smaller train.batch_size or model.block_size, or another preset.",
    ),
    Saying(
        r"Out of Memory|[Oo]ut of (device )?memory",
        "the card's memory is full",
        "Weights, moments and activations do not fit together.",
        "Take a smaller train.batch_size with more train.grad_accum_steps, or a smaller model.",
    ),
    Saying(
        r"Requested mesh shape .* requires|not found in control plane chip mapping",
        "more chips were asked for than there are",
        "The mesh does not fit the chips of this host.",
        "Train on one chip, or give the mesh descriptor of this host.",
    ),
    Saying(
        r"SoC descriptor file does not exist|[Rr]oot directory is not set"
        r"|TT_METAL_HOME environment variable is not set",
        "tt-metal does not find its own files",
        "TT_METAL_RUNTIME_ROOT does not lead to a tree with tt_metal/soc_descriptors.",
        "Set it to the tree that ttnn was built in, or take it away for a wheel.",
    ),
    Saying(
        r"Cluster descriptor file does not exist",
        "the mock cluster's file is missing",
        "TT_METAL_MOCK_CLUSTER_DESC_PATH leads nowhere.",
        "Unset it to use the real card.",
        "unset TT_METAL_MOCK_CLUSTER_DESC_PATH",
    ),
    Saying(
        r"TT_VISIBLE_DEVICES",
        "TT_VISIBLE_DEVICES names a device that is not there",
        "It takes numbers of devices, or parts of PCI addresses, with commas.",
        "Correct it, or unset it to see all devices.",
        "unset TT_VISIBLE_DEVICES",
    ),
    Saying(
        r"older than the minimum compatible|minimum firmware|[Nn]o core coordinate found",
        "the card's firmware is too old for this ttnn",
        "Or its Ethernet firmware does not match the rest.",
        "Flash the bundle that this tt-metal asks for, then boot cold.",
        "tt-flash --help",
    ),
    Saying(
        r"active ethernet core|waiting for ARC|ARC .*(not started|timed out)",
        "the card's firmware does not answer",
        "Seen on cold starts and after a killed job.",
        RESET_ONCE + " If it stays: power the host off and on.",
        "tt-smi -r",
    ),
    Saying(
        r"[Ww]aiting for lock|held by .*PID",
        "another process holds a lock on the card",
        "The device opens only once that process lets go.",
        "End the process that is named, or find the container it runs in.",
    ),
    Saying(
        r"pin pages",
        "memory cannot be pinned for the card",
        "The limit on locked memory is too low, or the IOMMU is not set up.",
        "Raise memlock in limits.conf, then log in again.",
        "ulimit -l",
    ),
    Saying(
        r"[Hh]uge ?[Pp]age|NumHostMemChannels",
        "huge pages are missing",
        "Without an IOMMU the card needs 1 GB pages.",
        "Install tenstorrent-tools, which reserves them, then reboot.",
        "sudo apt install tenstorrent-tools",
    ),
    Saying(
        r"fabric router sync",
        "the chips do not find each other",
        "The mesh descriptor is missing or of another machine.",
        "Set TT_MESH_GRAPH_DESC_PATH for the worker, or train on one chip.",
    ),
    Saying(
        r"potential hang|device timeout|0xffffffff",
        "the card hung",
        "A kernel does not end, or the chip dropped off the bus.",
        RESET_ONCE,
        "tt-smi -r",
    ),
    Saying(
        r"No chips detected in the cluster",
        "ttnn sees no chip",
        "This covers no card, no driver, no device node and no permission.",
        "See the first card check that fails; if none does, ttnn and the driver do not match.",
    ),
    Saying(
        r"No module named 'ttnn'",
        "ttnn is not installed for this Python",
        "ttml needs it.",
        "Build tt-metal with tt-train, which brings both.",
        REBUILD,
    ),
    Saying(
        r"No module named 'ttml'",
        "ttml is not installed for this Python",
        "It is built from tt-metal; no package index has it.",
        "Build tt-metal with tt-train, with the same Python.",
        REBUILD,
    ),
)


def explain(message: str) -> Saying | None:
    """Find the meaning of a message; of several signs in it the first of the table counts."""
    return next((saying for saying in SAYINGS if re.search(saying.sign, message)), None)


def spoken(message: str) -> str:
    """Take the words out of one of tt-metal's messages: what follows its line `info:`."""
    before, _, words = message.partition("info:\n")
    return words.strip() or before.strip()
