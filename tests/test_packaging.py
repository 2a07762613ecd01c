"""What is installed: the right packages, all their files, nothing under a name that others use."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
HALVES = ("assets", "engine", "presets", "tui")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BUILT_FROM = (*HALVES, "pyproject.toml", "README.md")


def folders_with_code() -> set[Path]:
    return {
        path.parent.relative_to(ROOT)
        for half in HALVES
        for path in (ROOT / half).rglob("*.py")
        if "__pycache__" not in path.parts
    }


def requirement_name(requirement: str) -> str:
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def required() -> set[str]:
    project = PROJECT["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {requirement_name(line) for group in groups for line in group}


def test_every_folder_with_code_is_a_package() -> None:
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert listed == sorted(listed)
    assert set(listed) == {".".join(("ttgpt", *f.parts)) for f in folders_with_code()}
    assert PROJECT["tool"]["setuptools"]["package-dir"] == {
        f"ttgpt.{half}": half for half in HALVES
    }


def test_every_package_has_an_init() -> None:
    assert [f for f in folders_with_code() if not (ROOT / f / "__init__.py").is_file()] == []


def test_type_checkers_find_the_packages_by_links() -> None:
    links = ROOT / ".ci" / "typing" / "ttgpt"
    assert sorted(link.name for link in links.iterdir()) == list(HALVES)
    for half in HALVES:
        assert os.readlink(links / half) == f"../../../{half}"
        assert (links / half).resolve() == ROOT / half


@pytest.mark.parametrize("half", ["engine", "tui"])
def test_a_half_under_its_bare_name_says_what_is_wrong(half: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"import {half}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith(
        f"ImportError: this package is ttgpt.{half}, but was imported as '{half}'"
    )
    assert "pip install -e ." in last


def test_the_package_called_ttml_is_another_project() -> None:
    assert not {"ttml", "ttnn"} & required()


def test_whatever_make_installs_by_name_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in pins if not re.match(r"[A-Za-z0-9._-]+==[^=]", line)] == []
    assert required() <= {requirement_name(line) for line in pins}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, and from that the wheel, as an index would have them."""
    copy = tmp_path_factory.mktemp("source")  # a build leaves folders beside what it builds
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = (copy / "dist").glob("*.whl")
    return found


def test_the_wheel_holds_every_file_and_no_bare_half(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    shipped = (".py", ".tcss", ".yaml", ".txt", ".jsonl")
    copy = wheel.parents[1]
    source = {
        f"ttgpt/{path.relative_to(copy).as_posix()}"
        for half in HALVES
        for path in (copy / half).rglob("*")
        if path.suffix in shipped or path.name == "py.typed"
    }
    assert held == source
    assert {name.split("/")[0] for name in held} == {"ttgpt"}
    assert {"ttgpt/assets/harbour.txt", "ttgpt/presets/demo.yaml", "ttgpt/tui/app.tcss"} <= held


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it, and nothing of the checkout on its path."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet",
         "--disable-pip-version-check", "--no-deps", "--no-index", wheel],
        check=True,
    )  # fmt: skip
    # The dependencies are this environment's. A plain path: its own .pth files, which lead to the
    # checkout, are not read then.
    (site,) = (folder / "lib").glob("python*/site-packages")
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("\n".join(sorted(here)) + "\n")
    return folder


def run_installed(installed: Path, cwd: Path, *command: str) -> str:
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_"))}
    ended = subprocess.run(
        [installed / "bin" / command[0], *command[1:]],
        cwd=cwd,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_installed_program_knows_its_version_and_presets(
    installed: Path, tmp_path: Path
) -> None:
    version = PROJECT["project"]["version"]
    assert run_installed(installed, tmp_path, "ttgpt-tui", "--version") == f"ttgpt-tui {version}\n"
    listed = run_installed(installed, tmp_path, "ttgpt-tui", "presets")
    assert {path.stem for path in (ROOT / "presets").glob("*.yaml")} <= set(listed.split())


def test_the_installed_program_runs_from_where_it_was_installed(
    installed: Path, tmp_path: Path
) -> None:
    where = run_installed(
        installed, tmp_path, "python", "-c",
        "import ttgpt.tui.cli, ttgpt.engine.data.sources as s; from pathlib import Path\n"
        "(harbour,) = s.locate(('harbour',)).sources\n"
        "print(ttgpt.tui.__file__); print(len(s.read(harbour, Path())) > 150_000)",
    )  # fmt: skip
    assert Path(where.split()[0]).is_relative_to(installed)
    assert where.split()[1] == "True"
