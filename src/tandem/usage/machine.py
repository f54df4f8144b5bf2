"""How much of the machine's memory is in use."""

from pathlib import Path
from typing import Final

_MEMINFO: Final = Path("/proc/meminfo")


def memory_percent(source: Path = _MEMINFO) -> float | None:
    """Return the share of the whole machine's memory that programs use, 0-100; None where it cannot be told."""
    try:
        lines = source.read_text(encoding="ascii").splitlines()
        sizes = {
            name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if rest
        }
        total, free = sizes["MemTotal"], sizes["MemAvailable"]
    except (OSError, ValueError, KeyError, IndexError):
        return None
    return 100.0 * (total - free) / total if total > 0 else None
