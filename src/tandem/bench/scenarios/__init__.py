"""All scenarios, in the order in which a whole run goes through them."""

from typing import Final

from tandem.bench.scenario import Scenario
from tandem.bench.scenarios import hot_read

ALL: Final[dict[str, Scenario]] = {one.name: one for one in (hot_read.SCENARIO,)}
