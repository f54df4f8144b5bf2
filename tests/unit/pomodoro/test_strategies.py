"""The generators that other tests rely on."""

from hypothesis import given

from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import big_snapshot
from unit.pomodoro.strategies import snapshots


@given(snapshots())
def test_generated_snapshots_are_consistent(snapshot: Snapshot):
    """Each generated snapshot counts its sessions once on every side."""
    total = snapshot.statistics.total()
    assert total[0] == len(snapshot)
    assert snapshot.statistics.categories().sum(axis=0).tolist() == total.tolist()


def test_the_big_snapshot_is_as_big_as_promised():
    """The bulk builder makes the number of sessions that speed is promised for."""
    assert len(big_snapshot()) == 200_000
