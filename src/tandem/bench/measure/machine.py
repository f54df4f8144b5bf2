"""On what was measured: without it a figure says nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from tandem import __version__
from tandem.bench.load.throughput import generator

PACKAGES: Final = ("aiohttp", "asyncpg", "fastapi", "granian", "numpy", "orjson", "pydantic", "redis", "starlette",
                   "uvicorn", "uvloop")  # fmt: skip


def facts(root: Path | None) -> dict[str, Any]:
    """Return the machine, the versions, the commit (where ``root`` is a repository) and the load now."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "tandem": __version__, "commit": _commit(root),
        "cores": os.cpu_count(), "processor": _processor(), "memory_gb": _memory_gb(), "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(), "packages": {name: _version(name) for name in PACKAGES},
        "load_generator": generator(), "load_before": load(),
    }  # fmt: skip


def load() -> float:
    """Return the machine's load average over a minute."""
    return round(os.getloadavg()[0], 2)


def _commit(root: Path | None) -> str:
    if root is None:
        return "unknown"
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=True, timeout=10  # noqa: S607 - whatever git the user has
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gb() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
