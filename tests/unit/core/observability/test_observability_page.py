"""The page about metrics and the metrics."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
DECLARED = re.compile(r"(?:gauge|counter|histogram)(?:_callback)?\(\s*\"(tandem_\w+)\"")


def test_every_metric_of_ours_is_on_the_page() -> None:
    """Under its whole name, and no name that no longer exists."""
    sources = "".join(path.read_text() for path in (ROOT / "src/tandem").rglob("*.py"))
    page = (ROOT / "docs/operations/observability.md").read_text()
    declared = set(DECLARED.findall(sources))
    assert len(declared) > 30
    named = set(re.findall(r"`(tandem_\w+)`", page))
    assert declared <= named
    assert all(f'"{name}"' in sources for name in named)
