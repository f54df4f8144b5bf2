"""What is answered twice, for whom, and how it is marked."""

import asyncio
import datetime as dt
from contextlib import suppress

import pytest

from tandem.ai.errors import BrokenStreamError, ProviderUnavailableError
from tandem.ai.messages import Delta, Message, Origin, Outcome, TokenUsage
from tandem.ai.policies.answer_store import MemoryStore, StoredAnswer, decode, encode, joined
from tandem.ai.policies.cache_key import key_of
from tandem.ai.policies.retry import Retrying
from tandem.ai.stack import Policies
from tandem.usage.errors import UsageSpillError
from unit.ai.policies.scripted import Kit, Ledger, Script, Scripted, asked, fixed, read

COLD = {"temperature": 0}


async def test_the_same_question_is_answered_once():
    """The second answer is marked, dated, free, and recorded as cached with its tokens."""
    ledger = Ledger()
    kit = Kit(client := Scripted(), clock=fixed(), ledger=ledger)
    first = await kit.client.open(asked(**COLD))
    assert await read(first) == "one two three"
    second = await kit.client.open(asked(**COLD))
    assert await read(second) == "one two three"
    assert len(client.asked) == 1
    assert (first.origin.cached, second.origin.cached) == (False, True)
    assert second.origin.created == kit.clock.now().timestamp()
    assert (first.outcome.cost, second.outcome.cost) == (16, 0)
    assert [(e.outcome, e.cost, e.completion_tokens) for e in kit.sink.events] == [
        ("ok", 16, 3),
        ("cached", 0, 3),
    ]
    await kit.gateway.close()
    assert (ledger.spent, ledger.open) == (16, {})
    statistics = kit.gateway.cache()
    assert (statistics.hits, statistics.misses, statistics.under_way) == (1, 1, 0)


@pytest.mark.parametrize(
    ("how", "calls"),
    [({"temperature": 0}, 1), ({"temperature": 0.7}, 2), ({}, 2), ({"temperature": 0.7, "cache": True}, 1),
     ({"temperature": 0, "cache": False}, 2)],
)  # fmt: skip
async def test_only_what_may_be_repeated_is_kept(how: dict, calls: int):
    """Temperature 0 or on request, never against the caller's word."""
    kit = Kit(client := Scripted())
    for _ in range(2):
        await read(await kit.client.open(asked(**how)))
    assert len(client.asked) == calls


async def test_a_stream_is_replayed_as_a_stream_and_as_a_whole_and_back():
    """How it is read makes no difference to what is kept."""
    kit = Kit(client := Scripted())
    await read(await kit.client.open(asked(**COLD, stream=True)))
    async with await kit.client.open(asked(**COLD, stream=False)) as answer:
        assert [piece.text async for piece in answer] == ["one two three"]
        assert answer.outcome.text == "one two three"
    assert len(client.asked) == 1


def test_everything_that_shapes_an_answer_is_in_the_key():
    """And nothing else is."""
    base = asked(user="u", model="m", temperature=0, max_tokens=5, options={"a": 1, "b": [1, 2]})
    same = asked(
        user="u", model="m", temperature=0.0, max_tokens=5, options={"b": (1, 2), "a": 1}, stream=False
    )
    assert key_of(base) == key_of(same)
    others = [
        asked(user="v", model="m", temperature=0, max_tokens=5, options={"a": 1, "b": [1, 2]}),
        asked(user="u", model="n", temperature=0, max_tokens=5, options={"a": 1, "b": [1, 2]}),
        asked(user="u", model="m", temperature=1, max_tokens=5, options={"a": 1, "b": [1, 2]}),
        asked(user="u", model="m", temperature=0, max_tokens=6, options={"a": 1, "b": [1, 2]}),
        asked(user="u", model="m", temperature=0, max_tokens=5, options={"a": 1, "b": [2, 1]}),
        asked("Hi", user="u", model="m", temperature=0, max_tokens=5, options={"a": 1, "b": [1, 2]}),
        asked(
            user="u", model="m", temperature=0, max_tokens=5, options={"a": 1, "b": [1, 2]}, fallback=False
        ),
    ]
    assert len({key_of(one) for one in [base, *others]}) == 8
    assert key_of(asked(options={"x": object()})) is None


async def test_one_users_answers_are_never_given_to_another():
    """Not even when both ask the same at the same time."""
    gate = asyncio.Event()
    kit = Kit(client := Scripted(Script(gate=gate)))
    tasks = [asyncio.create_task(kit.client.open(asked(user=user, **COLD))) for user in ("a", "b")]
    await asyncio.sleep(0.01)
    gate.set()
    answers = [await task for task in tasks]
    assert [answer.origin.cached for answer in answers] == [False, False]
    assert len(client.asked) == 2
    for answer in answers:
        await answer.close()


async def test_a_hundred_callers_at_once_are_one_call():
    """One attempt is recorded and paid; all get the text, all but one marked."""
    gate = asyncio.Event()
    kit = Kit(client := Scripted(Script(gate=gate)))
    tasks = [asyncio.create_task(kit.client.open(asked(**COLD))) for _ in range(100)]
    await asyncio.sleep(0.02)
    gate.set()
    answers = await asyncio.gather(*tasks)
    assert set(await asyncio.gather(*map(read, answers))) == {"one two three"}
    assert len(client.asked) == 1
    assert sum(answer.origin.cached for answer in answers) == 99
    assert sum(event.cost for event in kit.sink.events) == 16
    assert (kit.sink.outcomes.count("ok"), kit.sink.outcomes.count("cached")) == (1, 99)


@pytest.mark.parametrize(
    "script",
    [Script(error=ProviderUnavailableError("down", provider="one")), Script(broken=BrokenStreamError("cut")),
     Script(finish="length"), Script(finish="content_filter"), Script(finish="error")],
    ids=["error", "broken", "length", "filter", "error-finish"],
)  # fmt: skip
async def test_what_is_not_a_complete_answer_is_not_kept(script: Script):
    """The next caller asks again."""
    kit = Kit(client := Scripted(script, Script()), policies=Policies(retrying=Retrying(retries=0)))
    with suppress(ProviderUnavailableError, BrokenStreamError):
        await read(await kit.client.open(asked(**COLD)))
    answer = await kit.client.open(asked(**COLD))
    assert await read(answer) == "one two three"
    assert not answer.origin.cached
    assert len(client.asked) == 2


async def test_an_answer_that_its_readers_left_is_not_kept():
    """It was cut off with them."""
    kit = Kit(client := Scripted(Script(gates={1: asyncio.Event()}), Script()))
    async with await kit.client.open(asked(**COLD)) as answer:
        await answer.next()
    assert await read(await kit.client.open(asked(**COLD))) == "one two three"
    assert len(client.asked) == 2


async def test_a_stand_ins_answer_is_not_kept_when_the_asked_one_only_failed():
    """It would be given for minutes after the better model came back."""
    one = Scripted(Script(error=ProviderUnavailableError("down", provider="one")), Script())
    kit = Kit(one, Scripted(name="two", model="m-two"), policies=Policies(retrying=Retrying(retries=0)))
    for expected in ("two", "one"):
        answer = await kit.client.open(asked(**COLD))
        await read(answer)
        assert answer.origin.provider == expected


async def test_those_who_share_a_failure_all_hear_of_it():
    """The attempt has its record, and so has the call that only joined it."""
    gate = asyncio.Event()
    script = Script(gate=gate, error=ProviderUnavailableError("down", provider="one", model="m-one"))
    kit = Kit(client := Scripted(script), policies=Policies(retrying=Retrying(retries=0)))
    tasks = [asyncio.create_task(kit.client.open(asked(**COLD))) for _ in range(2)]
    await asyncio.sleep(0.01)
    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [ProviderUnavailableError] * 2
    assert len(client.asked) == 1
    assert kit.sink.outcomes == ["unavailable", "unavailable"]


async def test_a_late_reader_gets_the_answer_from_its_beginning():
    """He joins in the middle, and his pieces are all of them."""
    gate = asyncio.Event()
    kit = Kit(Scripted(Script(gates={2: gate})))
    first = await kit.client.open(asked(**COLD))
    assert [(await first.next()).text for _ in range(2)] == ["one ", "two "]
    late = await kit.client.open(asked(**COLD))
    assert late.origin.cached
    assert late.outcome.cost == 0
    gate.set()
    assert await read(late) == "one two three"
    assert await read(first) == "three"


async def test_without_room_for_records_nothing_is_replayed_either():
    """A free answer is recorded too."""
    kit = Kit(Scripted())
    await read(await kit.client.open(asked(**COLD)))
    kit.sink.full = UsageSpillError("full")
    with pytest.raises(UsageSpillError):
        await kit.client.open(asked(**COLD))


async def test_the_store_is_bounded_and_forgets():
    """By bytes, the least recently used first; by age, with some jitter."""
    clock = fixed()
    store = MemoryStore(clock.monotonic, limit=4 * 1_300, lifetime=300)
    for name in b"abcd":
        await store.put(bytes([name]), b"x" * 1_000)
    assert await store.get(b"a") is not None
    await store.put(b"e", b"x" * 1_000)
    assert await store.get(b"b") is None
    assert await store.get(b"a") is not None
    await store.put(b"big", b"x" * 2_000)
    assert await store.get(b"big") is None
    statistics = store.statistics()
    assert (statistics.entries, statistics.bytes, statistics.evicted) == (4, 4 * 1_300, 1)
    clock.move(dt.timedelta(seconds=269))
    assert await store.get(b"a") is not None
    clock.move(dt.timedelta(seconds=32))
    assert [await store.get(bytes([name])) for name in b"acde"] == [None] * 4
    assert store.statistics().bytes == 0


def test_bytes_hold_a_whole_answer_and_nothing_else_is_read():
    """Tool calls included; bytes of another version are as good as none."""
    call = {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]}
    stored = StoredAnswer(
        Origin("key", "one", "m-one", fallback=True, created=5.0),
        Outcome("ab", "tool_calls", TokenUsage(3, 2), 99, 1.0, 0.5, {"role": "assistant", **call}),
        joined([Delta("a"), Delta("b"), Delta("", call), Delta("c")]),
    )
    assert [piece.text for piece in stored.pieces] == ["ab", "", "c"]
    read_back = decode(encode(stored))
    assert read_back is not None
    assert read_back.origin == Origin("key", "one", "m-one", fallback=True, cached=True, created=5.0)
    assert (read_back.outcome.cost, read_back.outcome.message) == (0, stored.outcome.message)
    assert read_back.pieces == stored.pieces
    for junk in (b"", b"{}", b"[1]", encode(stored).replace(b'"schema":1', b'"schema":0')):
        assert decode(junk) is None


async def test_a_conversations_tool_calls_are_part_of_the_question():
    """Turns differ by what stands beside their text."""
    turn = Message("assistant", None, {"tool_calls": [{"id": "1"}]})
    one = asked(**COLD)
    other = type(one)((*one.messages, turn), one.model, one.asker, temperature=0)
    assert key_of(one) != key_of(other)
