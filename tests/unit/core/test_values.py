"""Values made with every request behave as frozen dataclasses do, but for being guarded by the type checker alone."""

from dataclasses import replace

from tandem.ai.messages import Origin


def test_equal_values_are_one_value():
    one, same = (Origin("a", "b", "c") for _ in range(2))
    assert one == same
    assert len({one, same}) == 1
    assert replace(one, fallback=True) == Origin("a", "b", "c", fallback=True) != one


def test_they_hold_nothing_beside_their_fields():
    assert not hasattr(Origin("a", "b", "c"), "__dict__")
