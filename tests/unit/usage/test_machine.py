"""The machine's memory."""

import pytest

from tandem.usage.machine import memory_percent


def test_memory_in_use_is_what_is_not_available(tmp_path):
    """In per cent of all."""
    source = tmp_path / "meminfo"
    source.write_text("MemTotal:  1000 kB\nMemFree:  10 kB\nMemAvailable:  250 kB\nHugePages_Total:   0\n")
    assert memory_percent(source) == 75.0


@pytest.mark.parametrize("content", ["", "MemTotal: x kB\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n"])
def test_nothing_is_invented_where_it_cannot_be_told(tmp_path, content):
    """No file, or another one."""
    assert memory_percent(tmp_path / "none") is None
    source = tmp_path / "meminfo"
    source.write_text(content)
    assert memory_percent(source) is None
