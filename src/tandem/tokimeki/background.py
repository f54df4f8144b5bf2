"""The background jobs of Tokimeki."""

from tandem.core.jobs.contribution import Contribution, Workshop


async def contribute(workshop: Workshop) -> Contribution:  # noqa: ARG001 - the shape that all services share
    """Return what this service wants done in the background."""
    return Contribution()
