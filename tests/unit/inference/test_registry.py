"""A new version takes over without a gap."""

import asyncio
from pathlib import Path

import pytest

from tandem.inference.errors import ModelMissingError
from tandem.inference.registry import Registered
from tandem.inference.spec import ModelSpec

TOY = ModelSpec("toy", "unit.inference.toys:Toy", {"mark": "1"})


async def test_calls_go_on_while_a_new_version_is_loaded_and_the_old_one_is_dropped() -> None:
    model = Registered(TOY)
    await model.open()
    async with model.current() as old:
        first = await old.call("pid")
        assert model.version == "toy 1"
        await model.replace(ModelSpec("toy", "unit.inference.toys:Newer"))
        assert model.version == "toy 2"
        # Who began with the old version ends with it.
        assert await old.call("pid") == first
        async with model.current() as new:
            assert await new.call("pid") != first
    for _ in range(100):
        if not old.pids:
            break
        await asyncio.sleep(0.02)
    assert old.pids == []
    await model.close()


async def test_a_version_that_cannot_be_loaded_changes_nothing() -> None:
    model = Registered(TOY)
    async with model.current() as runner:
        first = await runner.call("pid")
    with pytest.raises(ModelMissingError):
        await model.replace(ModelSpec("toy", "unit.inference.toys:absent"))
    async with model.current() as runner:
        assert await runner.call("pid") == first
    await model.ping()
    await model.close()


async def test_changed_files_are_loaded_by_themselves(tmp_path: Path) -> None:
    file = tmp_path / "version"
    file.write_text("a")
    spec = ModelSpec("toy", "unit.inference.toys:Named", {"file": str(file)})
    model = Registered(spec, file.read_text, look=0.05)
    await model.open()
    async with model.current() as runner:
        await runner.load()
    assert model.version == "a"
    file.write_text("b")
    for _ in range(200):
        if model.version == "b":
            break
        await asyncio.sleep(0.05)
    assert model.version == "b"
    await model.close()
