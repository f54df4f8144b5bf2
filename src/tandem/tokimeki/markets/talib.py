"""TA-Lib without pandas.

TA-Lib imports pandas when it can, to accept its series; we give it arrays. That import would cost 50 MB and seconds, so
pandas is hidden from it, unless it is loaded already. With it hidden TA-Lib loads in 30 ms and takes 5 MB.
"""

import sys
from types import ModuleType
from typing import Any, cast


def _load() -> ModuleType:
    hidden = [name for name in ("pandas", "polars") if name not in sys.modules]
    for name in hidden:
        # None makes its import fail as if it were not installed.
        sys.modules[name] = cast("ModuleType", None)
    try:
        import talib  # noqa: PLC0415 - see above
    finally:
        for name in hidden:
            del sys.modules[name]
    return talib


TALIB: Any = _load()
"""The module."""
