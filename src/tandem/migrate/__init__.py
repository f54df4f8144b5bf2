"""The migration kit: tools that carry a Flask service over to another one, over HTTP alone.

Installs and imports without any extra. Its parts (capture, replay, compare, report, rollout) come in later
releases; :data:`PARTS` says which are here.
"""

from typing import Final

PARTS: Final[tuple[str, ...]] = ()
"""The tools that this release has."""
