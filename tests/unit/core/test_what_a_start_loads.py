"""What a server without Redis and without jobs does not wait for at its start, and what its parent does not hold."""

import subprocess
import sys

UNNEEDED = {"redis", "pgqueuer", "sqlalchemy", "scipy"}


def test_no_service_loads_what_only_some_installations_use():
    """Each of these costs a tenth of a second or more, and megabytes in every worker."""
    look = f"import sys, tandem.pomodoro.main, tandem.tokimeki.main; print({UNNEEDED} & sys.modules.keys())"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"


def test_the_process_that_only_waits_loads_little():
    """It lives as long as the service: whatever it imports is memory that nobody uses."""
    large = {"asyncio", "asyncpg", "click", "fastapi", "numpy", "pydantic", "rich"}
    look = f"import sys, tandem.core.serving.parent; print({large} & sys.modules.keys())"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"
