"""The built package, installed as anybody would."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
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


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_plain_pip_installs_it(wheel, tmp_path):
    """Plain pip in an empty environment is enough for the command and for the migration kit, without any extra."""
    assert _run(sys.executable, "-m", "venv", tmp_path / "venv").returncode == 0
    python = tmp_path / "venv" / "bin" / "python"
    installed = _run(python, "-m", "pip", "install", "--quiet", wheel)
    if installed.returncode != 0 and "No matching distribution" in installed.stderr:
        pytest.skip("no package index can be reached from here")
    assert installed.returncode == 0, installed.stderr
    found = _run(
        python, "-W", "error", "-c", "import tandem.migrate; print(tandem.migrate.__file__)", cwd=tmp_path
    )
    assert found.returncode == 0, found.stderr
    assert str(tmp_path) in found.stdout
    shown = _run(tmp_path / "venv" / "bin" / "tandem", "--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert "backtest" in shown.stdout
    checked = _run(python, "-m", "pip", "check")
    assert checked.returncode == 0, checked.stdout
