"""The built package, installed as anybody would."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_INDEX = ("No matching distribution", "No solution found", "Failed to fetch", "error sending request")
ONLY_DATA = {
    ".po", ".json", ".html", ".css", ".js", ".svg", ".typed", ".mako", ".toml", ".tsv", ".npz", ".npy", ".txt",
}  # fmt: skip


def _run(*command, timeout=280, **options):
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=timeout, check=False, **options
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from this checkout."""
    place = tmp_path_factory.mktemp("wheel")
    built = _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
    assert built.returncode == 0, built.stderr
    (path,) = place.glob("tandem-*.whl")
    return path


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    """Code, catalogues and pages are in it; tests and local state are not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "tandem/locale/cs.po" in names
    assert "tandem/py.typed" in names
    assert any(name.endswith("versions/0001_sessions_and_their_versions.py") for name in names)
    foreign = [name for name in names if not name.startswith(("tandem/", "tandem-"))]
    assert not foreign
    strange = [
        name for name in names
        if name.startswith("tandem/") and Path(name).suffix not in {".py", *ONLY_DATA}
    ]  # fmt: skip
    assert not strange


@pytest.fixture
def environment(tmp_path):
    """An empty environment: its Python."""
    assert _run(sys.executable, "-m", "venv", tmp_path / "venv").returncode == 0
    return tmp_path / "venv" / "bin" / "python"


def check(python, elsewhere):
    """The command and the migration kit work, and what the package asks for is there and fits."""
    found = _run(
        python, "-W", "error", "-c", "import tandem.migrate; print(tandem.migrate.__file__)", cwd=elsewhere
    )
    assert found.returncode == 0, found.stderr
    assert str(elsewhere) in found.stdout
    shown = _run(python.with_name("tandem"), "--help", cwd=elsewhere)
    assert shown.returncode == 0
    assert "backtest" in shown.stdout
    checked = _run(python, "-m", "pip", "check")
    assert checked.returncode == 0, checked.stdout


def installed(*command):
    """Run an installer; without a package index this is not tested."""
    done = _run(*command)
    if done.returncode != 0 and any(sign in done.stderr for sign in NO_INDEX):
        pytest.skip("no package index can be reached from here")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_the_metadata_asks_for_is_enough(wheel, environment, tmp_path):
    """An installer that has all files already puts them there in a second; pip takes the package by its metadata."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("this environment was made without uv")
    installed(uv, "pip", "install", "--quiet", "--python", environment, wheel)
    assert _run(environment, "-m", "pip", "install", "--quiet", "--no-index", wheel).returncode == 0
    check(environment, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_plain_pip_installs_it(wheel, environment, tmp_path):
    """Plain pip in an empty environment is enough for the command and for the migration kit, without any extra."""
    installed(environment, "-m", "pip", "install", "--quiet", wheel)
    check(environment, tmp_path)
