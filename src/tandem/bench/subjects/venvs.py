"""The baselines' own environment: their packages are no dependencies of ours, so they get a home of their own."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tandem.core.errors import TandemError

INSTALL_SECONDS: Final = 600.0


class BaselinesUnavailableError(TandemError):
    """What a baseline runs on is not here and cannot be had; its subjects are left out."""


class Environment:
    """A virtual environment below ``home`` with the packages of one requirements file, made on first use.

    Fail mode: without a network (or when an install fails) :meth:`python` raises BaselinesUnavailableError with what
    the installer said; nothing half-made is ever taken for ready.
    """

    def __init__(self, requirements: Path, home: Path, say: Callable[[str], None]) -> None:
        """Install ``requirements`` below ``home`` when asked; ``say`` tells the user what takes so long."""
        self._requirements = requirements
        self._home = home
        self._say = say
        self._failed: str | None = None

    def python(self) -> Path:
        """Return its Python; raises BaselinesUnavailableError."""
        if self._failed is not None:
            raise BaselinesUnavailableError(self._failed)
        if not self._requirements.is_file():
            raise BaselinesUnavailableError(
                f"{self._requirements} is not there: the baselines come with the repository, not with the package; "
                "run `tandem bench` in a clone, or name it with --baselines"
            )
        wanted = hashlib.sha256(self._requirements.read_bytes()).hexdigest()[:12]
        place = self._home / f"{self._requirements.stem}-{wanted}"
        python = place / "bin" / "python"
        if not (place / ".ready").is_file():
            try:
                self._install(place, python)
            except (OSError, subprocess.SubprocessError) as error:
                shutil.rmtree(place, ignore_errors=True)
                self._failed = (
                    f"the packages of {self._requirements.name} cannot be installed: {_reason(error)}"
                )
                raise BaselinesUnavailableError(self._failed) from error
        return python

    def _install(self, place: Path, python: Path) -> None:
        self._say(f"installing the packages of {self._requirements.name} into {place} (once) ...")
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", str(place)])
        uv = Path(sys.executable).parent / "uv"
        how = (
            [str(uv), "pip", "install", "--python", str(python)]
            if os.access(uv, os.X_OK)
            else [str(python), "-m", "pip", "install"]
        )
        _run([*how, "--quiet", "--require-hashes", "-r", str(self._requirements)])
        (place / ".ready").touch()
        for old in self._home.glob(f"{self._requirements.stem}-????????????"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)  # noqa: S603


def _reason(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    lines = [line for line in str(said).strip().splitlines() if line.strip()]
    return " ".join(lines[-2:])[:300] if lines else type(error).__name__
