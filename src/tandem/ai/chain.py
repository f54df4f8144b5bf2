"""Who may answer for a model key, in order: who was asked, then who stands in."""

from collections.abc import Mapping
from typing import Final

from tandem.ai.catalog import CONTRACT_MODELS, LOCAL, Catalog
from tandem.ai.policies.fallback import Candidate
from tandem.ai.providers.profile import Profile

OWN_MACHINES: Final = frozenset({LOCAL, "ollama", "vllm"})
"""Providers that whoever runs this service runs too: texts stay with them."""


class Chains:
    """The candidates of each model key of one configuration.

    Whom the key means comes first, configured or not. When it is configured, the other providers follow in
    the order in which they are wanted, the small local model last; when it is not, the local model is the
    stand-in, and others only follow where even that fails. What was asked of a machine of one's own is never sent to
    somebody else's instead.
    """

    def __init__(self, catalog: Catalog, profiles: Mapping[str, Profile]) -> None:
        """Know the configured ``profiles`` by name, the most wanted first."""
        self._catalog = catalog
        self._profiles = profiles
        self._known: dict[str, tuple[Candidate, ...]] = {}

    def __call__(self, key: str) -> tuple[Candidate, ...]:
        """Return the candidates for ``key``; raises InvalidInputError for an unknown one."""
        chain = self._known.get(key)
        if chain is None:
            # Bounded: an unknown key is refused, and there are few known ones.
            chain = self._known[key] = self._chain(key)
        return chain

    def _chain(self, key: str) -> tuple[Candidate, ...]:
        asked = self._catalog.provider_of(key)
        others = [name for name in self._profiles if name not in {asked, LOCAL}]
        if asked in OWN_MACHINES:
            others = [name for name in others if name in OWN_MACHINES]
        local = [LOCAL] if LOCAL in self._profiles and asked != LOCAL else []
        stand_ins = [*others, *local] if asked in self._profiles else [*local, *others]
        return tuple(Candidate(name, self._model(name, key)) for name in (asked, *stand_ins))

    def _model(self, provider: str, key: str) -> str:
        profile = self._profiles.get(provider)
        return CONTRACT_MODELS.get(key, key) if profile is None else profile.model_for(key)
