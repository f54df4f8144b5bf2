"""The official `openai` client works against the service unchanged."""

import asyncio
import itertools
from collections.abc import Iterator

import openai
import pytest

from integration.tokimeki.serving import FAST, SECRET, Service, key_of

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather", "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}  # fmt: skip


def connect(service: Service, user: str) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{service.url}/v1",
        api_key="unused",
        max_retries=0,
        timeout=20,
        default_headers={"X-User-ID": user},
    )


@pytest.fixture
def client(many: Service, user: str) -> Iterator[openai.OpenAI]:
    """A client as its makers ship it."""
    with connect(many, user) as opened:
        yield opened


def test_chat(client, many, user):
    """A whole answer with its usage, and who gave it beside."""
    answer = client.chat.completions.create(model=FAST, messages=HELLO)
    [choice] = answer.choices
    assert choice.message.role == "assistant"
    assert choice.message.content.startswith("The market closed")
    assert (choice.finish_reason, answer.usage.completion_tokens, answer.model) == ("stop", 20, FAST)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 20
    assert answer.id.startswith("chatcmpl-")
    assert answer.model_extra["tandem"]["provider"] == "openrouter"
    [record] = many.records(user)
    assert (record["endpoint"], record["outcome"], record["user_id"]) == ("/v1/chat/completions", "ok", user)


def test_streaming(client, upstream):
    """Chunks that make the answer, the last one with the finish reason, and no usage that was not asked for."""
    upstream.answers(content="One and one is two")
    chunks = list(client.chat.completions.create(model=FAST, messages=HELLO, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "One and one is two"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert all(chunk.usage is None for chunk in chunks)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


def test_streaming_with_usage(client, upstream):
    """`include_usage`: one more chunk, without choices."""
    chunks = list(client.chat.completions.create(
        model=FAST, messages=HELLO, stream=True, stream_options={"include_usage": True}
    ))  # fmt: skip
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], 20)


def test_tools(client, upstream):
    """Tools, their choice and earlier calls pass through; calls come back whole and in pieces."""
    upstream.answers(call=True)
    earlier = [
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_9", "type": "function", "function": {"name": "weather", "arguments": "{}"}},
        ]},
        {"role": "tool", "tool_call_id": "call_9", "content": "rain"},
    ]  # fmt: skip
    answer = client.chat.completions.create(model=FAST, messages=earlier, tools=[WEATHER], tool_choice="auto")
    [call] = answer.choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Brno"}')
    assert (answer.choices[0].finish_reason, answer.choices[0].message.content) == ("tool_calls", None)
    [sent] = upstream.seen
    assert (sent["tools"], sent["tool_choice"], sent["messages"]) == ([WEATHER], "auto", earlier)
    pieces = ""
    for chunk in client.chat.completions.create(model=FAST, messages=HELLO, tools=[WEATHER], stream=True):
        for part in chunk.choices[0].delta.tool_calls or []:
            pieces += part.function.arguments or ""
    assert (pieces, chunk.choices[0].finish_reason) == ('{"city": "Brno"}', "tool_calls")


def test_options_pass_through(client, upstream):
    """response_format and the rest arrive at the provider as they were sent; limits under their names."""
    shape = {
        "type": "json_schema",
        "json_schema": {"name": "n", "strict": True, "schema": {"type": "object"}},
    }
    client.chat.completions.create(
        model=FAST, messages=[{"role": "developer", "content": "Be brief"}, *HELLO], response_format=shape, top_p=0.4,
        seed=7, stop=["END"], max_tokens=5, temperature=0.1, extra_body={"provider": {"order": ["a"]}},
    )  # fmt: skip
    [sent] = upstream.seen
    assert (sent["response_format"], sent["top_p"], sent["seed"], sent["stop"]) == (shape, 0.4, 7, ["END"])
    assert (sent["max_tokens"], sent["temperature"], sent["provider"]) == (5, 0.1, {"order": ["a"]})
    assert [message["role"] for message in sent["messages"]] == ["developer", "user"]
    client.chat.completions.create(model=key_of("quick"), messages=HELLO, max_completion_tokens=2)
    assert upstream.seen[-1]["max_completion_tokens"] == 2


def test_parts_of_content_pass_through(client, upstream):
    """Content may come in parts."""
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": "there"}]
    client.chat.completions.create(model=FAST, messages=[{"role": "user", "content": parts}])
    assert upstream.seen[0]["messages"] == [{"role": "user", "content": parts}]


def test_null_is_as_good_as_left_out(client, upstream):
    """The client sends what it is given, null too."""
    answer = client.chat.completions.create(
        model=FAST,
        messages=HELLO,
        stream=None,
        stream_options=None,
        n=None,
        max_tokens=None,
        stop=None,
        tools=None,
    )
    assert answer.choices[0].finish_reason == "stop"
    chunks = client.chat.completions.create(
        model=FAST, messages=HELLO, stream=True, stream_options={"include_usage": None}
    )
    assert all(chunk.usage is None for chunk in chunks)


def test_results_of_functions_pass_through(client, upstream):
    """Turns as clients wrote them before there were tools."""
    called = {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": "{}"}}
    result = {"role": "function", "name": "weather", "content": "sunny"}
    assert client.chat.completions.create(model=FAST, messages=[*HELLO, called, result]).choices
    assert upstream.seen[-1]["messages"] == [*HELLO, called, result]


def test_models(client):
    """All keys, each with its owner, and one by one."""
    owners = {model.id: model.owned_by for model in client.models.list()}
    assert owners[FAST] == "openrouter"
    assert owners[key_of("quick")] == "openai"
    assert client.models.retrieve(FAST).id == FAST
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_errors_have_their_classes(client, one, upstream, user):
    """Each failure is the exception that the client's users catch, with our code and id."""
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert unknown.value.code == "model_not_found"
    for wrong in ({"messages": []}, {"temperature": 9}, {"messages": [{"role": "king", "content": "x"}]}):
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(**{"model": FAST, "messages": HELLO, **wrong})
        assert refused.value.code == "invalid_input"
        assert refused.value.request_id
    with connect(one, user) as lonely:
        upstream.answers(fault="status", status=400)
        for streamed in (False, True):
            with pytest.raises(openai.InternalServerError) as failed:
                lonely.chat.completions.create(model=FAST, messages=HELLO, stream=streamed)
            assert (failed.value.status_code, failed.value.code) == (502, "provider_rejected")
            assert "quoted" not in str(failed.value.body)


def test_a_broken_stream_is_an_error(one, upstream, user):
    """After the first chunk the failure comes as a chunk that the client raises."""
    upstream.answers(fault="broken", after=2)
    text = ""
    with connect(one, user) as client:
        chunks = client.chat.completions.create(model=FAST, messages=HELLO, stream=True)
        for chunk in itertools.islice(chunks, 3):
            text += chunk.choices[0].delta.content or ""
        with pytest.raises(openai.APIError, match="broke"):
            next(chunks)
    assert text == "The market "
    assert SECRET not in text


def test_closing_a_stream_ends_the_upstream(client, upstream, many, user):
    """A client that stops reading stops paying."""
    upstream.answers(rate=20, tokens=400)
    stream = client.chat.completions.create(model=FAST, messages=HELLO, stream=True)
    next(iter(stream))
    stream.close()
    assert upstream.until("cancelled", 1) < 1
    [record] = many.records(user)
    assert record["outcome"] == "cancelled"


async def test_the_asynchronous_client(many, user):
    """Works too, several calls at once."""
    async with openai.AsyncOpenAI(base_url=f"{many.url}/v1", api_key="unused", max_retries=0) as client:
        calls = (client.chat.completions.create(model=FAST, messages=HELLO) for _ in range(8))
        answers = await asyncio.gather(*calls)
    assert all(answer.choices[0].finish_reason == "stop" for answer in answers)
