"""Liveness apart from readiness.

``/livez`` says that this process runs and touches nothing. ``/readyz`` asks every resource with a deadline: 200
``ready``; 200 ``degraded``, naming the parts that are lost while answers can still be given; 503 while
starting, draining, behind in schema, or when nothing could be answered.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from tandem.core.drain import Drain
from tandem.core.resources import Resources

PING_SECONDS: Final = 2.0
"""How long one resource may take to say that it is well."""

State = Literal["ready", "degraded", "starting", "draining", "schema_behind", "unavailable"]
SERVING: Final[frozenset[State]] = frozenset({"ready", "degraded"})


@dataclass(frozen=True, slots=True)
class Readiness:
    """What ``/readyz`` answers: ``parts`` maps each resource to "ok" or to what is wrong with it."""

    status: State
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def serving(self) -> bool:
        """Whether a balancer may send requests here."""
        return self.status in SERVING


@dataclass(slots=True)
class Probe:
    """Finds out how ready the process is.

    ``can_serve_without`` tells whether anything could be answered while a resource is lost; ``schema_fault``
    returns what is wrong with the schema, None when it fits or cannot be read.
    """

    resources: Resources
    drain: Drain
    can_serve_without: Callable[[], bool]
    schema_fault: Callable[[], str | None]
    started: bool = False

    async def readiness(self) -> Readiness:
        """Ask everything; takes at most :data:`PING_SECONDS`."""
        if self.drain.started:
            return Readiness("draining")
        if not self.started:
            return Readiness("starting")
        outcomes = await self.resources.check(PING_SECONDS)
        parts = {name: outcome or "ok" for name, outcome in outcomes.items()}
        if (fault := self.schema_fault()) is not None:
            return Readiness("schema_behind", {**parts, "schema": fault})
        if not any(outcomes.values()):
            return Readiness("ready", parts)
        return Readiness("degraded" if self.can_serve_without() else "unavailable", parts)
