"""Values that are made several times with every request: nobody may change them, and making one costs little.

A dataclass that is frozen at run time sets each field through ``object.__setattr__``: one of 19 fields takes 14 us to make instead
of 1, and a call to a model makes a dozen of them. Here the type checker alone holds everybody to it, which it does at
each commit.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass
    from functools import partial

    def value(*, frozen: bool, slots: bool):  # noqa: ANN201 - the checker sees the other one
        """Return the decorator of a dataclass that compares and hashes by its fields, as a frozen one does."""
        return partial(dataclass, slots=slots, unsafe_hash=frozen)


__all__ = ["value"]
