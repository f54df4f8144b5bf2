"""What one kind of AI answer consists of; each has a file of its own in ``models/``.

The same draft comes from two writers: a language model, and rules. The answer is put together of draft and facts by the
same code, so its keys, figures and statuses do not depend on who wrote the texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.prose import Draft
from tandem.pomodoro.schemas.ai import AIAnswer

Q = TypeVar("Q")
D = TypeVar("D", bound=Draft)
A = TypeVar("A", bound=AIAnswer)


@dataclass(frozen=True)
class Kind(Generic[Q, D, A]):
    """One kind: Q is the question (None for none), D the draft, A the answer."""

    name: str
    """As the cache and the metrics call it."""
    hours: float
    """How long an answer of a model is kept."""
    patience: float
    """Seconds that the old web service waits for this answer; ours is complete well before."""
    draft: type[D]
    answer: type[A]
    task: str
    """What the model is asked for, in English."""
    slots: tuple[str, ...]
    """Names of :data:`tandem.pomodoro.ai.slots.SLOTS` that it may use."""
    rules: Callable[[Facts, Q], D]
    """Writes without a model."""
    assemble: Callable[[Facts, Q, D], A]
    """Puts facts and texts together."""
    enough: Callable[[Facts, Q], bool] = lambda *_: True
    """Whether there is enough to ask a model about."""
    more_slots: Callable[[Facts, Q], Mapping[str, str]] = lambda *_: {}
    """Slots of this question alone."""
    choices: Callable[[Facts, Q], Mapping[str, tuple[str, ...]]] = lambda *_: {}
    """Values that the draft's fields of :func:`tandem.pomodoro.ai.prose.chosen` may have."""
    material: Callable[[Facts, Q], str] = lambda *_: ""
    """What the model reads beside the slots; holds texts of the person only where they may be shared."""
    identity: Callable[[Q], object] = repr
    """What of the question an answer depends on, as JSON or text."""
    private: frozenset[str] = frozenset()
    """Slots that hold words of the person: their phrase is told only where notes may be shared."""
    tokens: int = 900
    """Most tokens of a model's answer."""
    keeps: bool = True
    """False: kept only for those who ask at the same time, for a minute."""


AnyKind = Kind[Any, Any, Any]
