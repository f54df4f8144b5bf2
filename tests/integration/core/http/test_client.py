"""The client on real sockets: bounded, patient for as long as it should be, and gone at once when left."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import pytest

from tandem.core.errors import InvalidInputError
from tandem.core.http.client import HttpClient
from tandem.core.http.errors import (
    BodyTooLargeError,
    ConnectFailedError,
    DisconnectedError,
    HttpClosedError,
    HttpTimeoutError,
    MalformedAnswerError,
)
from tandem.core.http.timeouts import Timeouts
from tandem.core.observability import tracing

KEY = "sk-never-to-be-seen-0123456789"
SECRET = {"Authorization": f"Bearer {KEY}"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
QUICK = Timeouts(connect=1, first_byte=0.3, idle=0.3, total=5)


class Peer:
    """A server that answers with bytes and remembers what it saw."""

    def __init__(self):
        self.heads, self.bodies = [], []
        self.connections = self.open = self.most_open = 0
        self.left = asyncio.Event()
        self.url = ""

    async def serve(self, reader, writer, answer):
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head.decode())
                length = next(
                    (
                        line.split(b":")[1]
                        for line in head.lower().split(b"\r\n")
                        if b"content-length" in line
                    ),
                    0,
                )
                self.bodies.append(await reader.readexactly(int(length)))
                if await answer(writer, reader) is False:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            self.left.set()
            writer.close()


@asynccontextmanager
async def peer(answer):
    """A server on a free port; ``answer(writer, reader)`` writes, False closes the connection."""
    served = Peer()
    tasks = set()

    async def on_client(reader, writer):
        task = asyncio.current_task()
        tasks.add(task)
        # asyncio of Python 3.11 logs a client's task that ends as cancelled.
        with suppress(asyncio.CancelledError):
            await served.serve(reader, writer, answer)
        tasks.discard(task)

    server = await asyncio.start_server(on_client, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition, seconds=10):
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def saying(*parts, pause=0.0, close=False):
    """An answer of these bytes, with a pause before each."""

    async def answer(writer, reader):
        for part in parts:
            await asyncio.sleep(pause)
            writer.write(part)
            await writer.drain()
        return not close

    return answer


async def test_a_whole_answer_comes_with_its_status_whatever_it_is():
    """A status is an answer and no error; headers are looked up without regard to case."""
    body = b'{"a": "\xc4\x8d"}'
    said = (
        b"HTTP/1.1 418 Odd\r\ncontent-type: application/JSON; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        % len(body)
    )
    async with peer(saying(said + body)) as server, HttpClient() as client:
        answer = await client.request("POST", server.url + "/x", json={"q": "č"}, headers=SECRET)
        assert (answer.status, answer.json(), answer.media_type) == (418, {"a": "č"}, "application/json")
        assert answer.headers["CONTENT-TYPE"].startswith("application/JSON")
        assert server.bodies == [b'{"q":"\xc4\x8d"}']
        assert f"Authorization: Bearer {KEY}" in server.heads[0]


async def test_two_hundred_calls_share_a_bounded_pool():
    """The rest waits its turn, on connections that are kept."""
    async with peer(saying(OK, pause=0.005)) as server, HttpClient(per_host=8) as client:
        calls = asyncio.gather(*(client.request("POST", server.url, json=n) for n in range(200)))
        await asyncio.sleep(0.02)
        seen = client.statistics()
        assert seen.in_use == 8
        assert seen.waiting > 0
        assert [answer.status for answer in await calls] == [200] * 200
        assert server.connections == server.most_open == 8
        seen = client.statistics()
        assert (seen.in_use, seen.idle, seen.waiting, seen.open_answers, seen.calls, seen.failures) == (
            0,
            8,
            0,
            0,
            200,
            0,
        )


async def test_the_total_bound_holds_over_all_hosts():
    """Two hosts share what there is."""
    async with (
        peer(saying(OK, pause=0.005)) as one,
        peer(saying(OK, pause=0.005)) as two,
        HttpClient(limit=4) as client,
    ):
        await asyncio.gather(*(client.request("GET", url) for url in [one.url, two.url] * 20))
        assert max(one.most_open, two.most_open) <= 4
        assert client.statistics().failures == 0


async def test_waiting_for_a_connection_ends_with_the_first_bytes_limit():
    """A full pool is reported in time instead of for ever."""
    async with peer(saying(OK, pause=30)) as server, HttpClient(per_host=1) as client:
        first = asyncio.create_task(client.request("GET", server.url))
        await asyncio.sleep(0.05)
        with pytest.raises(HttpTimeoutError) as caught:
            await client.stream("GET", server.url, timeouts=QUICK)
        assert caught.value.phase == "first_byte"
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


@pytest.mark.parametrize(
    ("answer", "waits", "phase"),
    [
        (saying(OK, pause=30), QUICK, "first_byte"),
        (saying(b"HTTP/1.1 200 OK\r\nX-Pad: ", *[b"x"] * 600, pause=0.05), QUICK, "first_byte"),
        (saying(OK, pause=30), Timeouts(total=0.3), "total"),
    ],
    ids=["silence", "headers in drops", "deadline"],
)
async def test_an_answer_that_does_not_begin_is_given_up(answer, waits, phase):
    """Bytes that never make up headers do not prolong the wait; the connection is closed."""
    async with peer(answer) as server, HttpClient() as client:
        begun = time.monotonic()
        with pytest.raises(HttpTimeoutError) as caught:
            await client.stream("POST", server.url, json={}, headers=SECRET, timeouts=waits)
        assert time.monotonic() - begun < 2
        assert caught.value.phase == phase
        assert caught.value.__cause__ is caught.value.__context__ is None
        assert client.statistics().in_use == 0
        assert client.statistics().failures == 1


async def test_silence_between_pieces_is_told_from_the_deadline():
    """The one is counted anew with each piece, the other is not."""
    drip = [CHUNKED, *[b"1\r\nx\r\n"] * 40]
    async with HttpClient() as client:
        async with peer(_then_silent) as server:
            assert await _waited_in_vain(client, server.url, QUICK) == "idle"
        async with peer(saying(*drip, pause=0.1)) as server:
            waits = Timeouts(connect=1, first_byte=0.9, idle=0.9, total=1.0)
            assert await _waited_in_vain(client, server.url, waits) == "total"
            await asyncio.wait_for(server.left.wait(), 1)


@pytest.mark.parametrize("size", [10, 100_000])
async def test_a_connection_that_was_to_be_closed_is_not_used_again(size):
    """Who says `Connection: close` does not wait for the other side to close, which may do so at the next request."""

    async def answer(writer, _):
        writer.write(OK)

    async with peer(answer) as server, HttpClient() as client:
        for _ in range(3):
            found = await client.request(
                "POST", server.url, json={"x": "y" * size}, headers={"Connection": "close"}
            )
            assert found.status == 200
            assert client.statistics().idle == 0
        assert (server.connections, len(server.heads)) == (3, 3)


async def _waited_in_vain(client, url, waits):
    async with await client.stream("GET", url, timeouts=waits) as stream:
        with pytest.raises(HttpTimeoutError) as caught:
            await stream.read(1000)
    return caught.value.phase


async def _then_silent(writer, reader):
    writer.write(CHUNKED)
    for _ in range(3000):
        if reader.at_eof() or writer.is_closing():
            return False
        await asyncio.sleep(0.01)
    return False


async def test_a_slow_reader_is_no_silent_server():
    """Only time in which somebody waits for a piece counts."""
    async with peer(saying(CHUNKED, b"2\r\nde\r\n0\r\n\r\n")) as server, HttpClient() as client:
        async with await client.stream("GET", server.url, timeouts=QUICK) as stream:
            await asyncio.sleep(0.8)
            assert await stream.read(100) == b"abcde"
        assert client.statistics().idle == 1


async def test_leaving_a_stream_closes_the_socket_at_once():
    """The server sees it, however long it would have gone on."""
    async with peer(_endless) as server, HttpClient() as client:
        async with await client.stream("GET", server.url) as stream:
            assert await stream.chunk()
            left_at = time.monotonic()
        await asyncio.wait_for(server.left.wait(), 1)
        assert time.monotonic() - left_at < 1
        assert client.statistics().open_answers == client.statistics().in_use == 0
        stream.close()


async def _endless(writer, reader):
    writer.write(CHUNKED)
    for _ in range(1000):
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("pause", [30, 0.0], ids=["before the headers", "within the body"])
async def test_cancelling_a_call_closes_its_socket(pause):
    """At any moment of the call."""
    answer = saying(OK, pause=pause) if pause else _then_silent
    async with peer(answer) as server, HttpClient() as client:
        call = asyncio.create_task(client.request("POST", server.url, json={}))
        await until(lambda: server.heads)
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        if not pause:
            await asyncio.wait_for(server.left.wait(), 1)
        assert client.statistics().in_use == client.statistics().open_answers == 0


async def test_a_finished_stream_gives_its_connection_back_without_waiting():
    """The last byte may come later than the content that is known to be the last."""
    async with peer(saying(CHUNKED, b"0\r\n\r\n", pause=0.1)) as server, HttpClient() as client:
        for _ in range(3):
            stream = await client.stream("GET", server.url)
            assert await stream.chunk() == b"abc"
            stream.finish()
            assert client.statistics().in_use == 1
            await asyncio.sleep(0.3)
            assert (client.statistics().in_use, client.statistics().idle) == (0, 1)
        assert server.connections == 1


async def test_a_stream_that_does_not_end_after_its_content_is_cut():
    """Nobody's connection hangs for ever on a server that forgot the end."""
    async with peer(_then_silent) as server, HttpClient() as client:
        stream = await client.stream("GET", server.url)
        assert await stream.chunk() == b"abc"
        stream.finish()
        await until(lambda: client.statistics().in_use == 0)
        assert client.statistics().open_answers == 0
        await asyncio.wait_for(server.left.wait(), 1)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Ty", DisconnectedError),
        (b"", DisconnectedError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", DisconnectedError),
        (CHUNKED + b"zz\r\n", MalformedAnswerError),
        (b"\x16\x03\x01 what is this\r\n\r\n", MalformedAnswerError),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", DisconnectedError),
    ],
    ids=["within the headers", "before the headers", "within the body", "bad chunk", "not HTTP", "not gzip"],
)
async def test_a_broken_answer_is_told_by_its_kind(said, kind, caplog):
    """Neither the error nor what hangs on it nor the log knows the key."""
    caplog.set_level("DEBUG")
    async with peer(saying(said, close=True)) as server, HttpClient() as client:
        with pytest.raises(kind) as caught:
            await client.request(
                "POST", server.url + "/secret-path", json={"prompt": "private words"}, headers=SECRET
            )
        error = caught.value
        assert error.__cause__ is error.__context__ is None
        for text in (str(error), repr(error), caplog.text):
            assert KEY not in text
            assert "private words" not in text
        assert "secret-path" not in str(error)
        assert client.statistics().in_use == 0


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://127.0.0.1:9/v1", "connection refused"), ("http://nobody.invalid/v1", "name"),
        ("ftp://127.0.0.1/", "address"), ("http://", "address"), ("not an address", "address"),
    ],
)  # fmt: skip
async def test_where_nobody_answers_is_said_so(url, part):
    """Refused, an unknown name and an address that is none."""
    async with HttpClient(timeouts=Timeouts(connect=10)) as client:
        with pytest.raises(ConnectFailedError, match=part):
            await client.request("GET", url, headers=SECRET)


async def test_a_body_beyond_the_bound_is_not_read():
    """Neither with a stated length nor without, and the connection is closed."""
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 5000
    for said in (big, CHUNKED + b"fff\r\n" + b"x" * 4095 + b"\r\n"):
        async with peer(saying(said)) as server, HttpClient() as client:
            with pytest.raises(BodyTooLargeError):
                await client.request("GET", server.url, limit=1000)
            await asyncio.wait_for(server.left.wait(), 1)


async def test_json_that_is_none_is_refused_without_being_quoted():
    """The body of an answer gets into no error."""
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{private: 1}x"
    async with peer(saying(said)) as server, HttpClient() as client:
        answer = await client.request("GET", server.url)
        with pytest.raises(MalformedAnswerError) as caught:
            answer.json()
        assert "private" not in str(caught.value)
        assert caught.value.__context__ is None


async def test_the_identifiers_of_the_request_being_served_go_along():
    """The same request id and trace, another span; nothing outside of a request."""
    async with peer(saying(OK)) as server, HttpClient() as client:
        await client.request("GET", server.url)
        context, token = tracing.begin([(b"x-request-id", b"the-request")])
        await client.request("GET", server.url)
        tracing.end(token)
    assert "x-request-id" not in server.heads[0].lower()
    assert "X-Request-ID: the-request" in server.heads[1]
    assert f"traceparent: 00-{context.trace_id}-" in server.heads[1]
    assert context.span_id not in server.heads[1]


async def test_cookies_are_not_kept_and_a_post_is_not_redirected():
    """A redirect would carry the key and the prompt to where nobody sent them."""
    moved = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with peer(saying(moved)) as server, HttpClient() as client:
        assert (await client.request("POST", server.url, json={})).status == 307
        assert len(server.heads) == 1
        await client.request("POST", server.url, json={})
        assert "cookie" not in server.heads[1].lower()


async def test_no_proxy_comes_from_the_environment(monkeypatch):
    """Only the one that the settings name, and never for this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with peer(saying(OK)) as server, peer(saying(OK)) as proxy:
        async with HttpClient() as client:
            assert (await client.request("GET", server.url)).status == 200
        async with HttpClient(proxy=proxy.url) as client:
            await client.request("GET", server.url)
            assert not proxy.heads
            await client.request("GET", "http://provider.invalid/v1/models")
            assert proxy.heads[0].startswith("GET http://provider.invalid/v1/models HTTP/1.1")


async def test_a_large_request_is_sent_whole():
    """Beyond what is handed over in one piece, without holding up the loop or warning about it."""
    async with peer(saying(OK)) as server, HttpClient() as client:
        await client.request("POST", server.url, json={"text": "x" * 3_000_000})
        assert len(server.bodies[0]) == 3_000_011


async def test_what_json_cannot_carry_is_the_callers_mistake():
    """Half of a surrogate pair gets through a client's JSON; it has no UTF-8 form."""
    async with HttpClient() as client:
        with pytest.raises(InvalidInputError):
            await client.request("POST", "http://127.0.0.1:9", json={"text": "\ud800"})


async def test_life_begins_with_open_and_ends_with_close():
    """Before and after, calls are refused; open streams end with an error."""
    client = HttpClient()
    with pytest.raises(HttpClosedError):
        await client.ping()
    async with peer(_then_silent) as server:
        await client.open()
        await client.open()
        await client.ping()
        stream = await client.stream("GET", server.url)
        assert await stream.chunk() == b"abc"
        waiting = asyncio.create_task(stream.chunk())
        await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(DisconnectedError):
            await waiting
    await client.close()
    with pytest.raises(HttpClosedError):
        await client.request("GET", "http://127.0.0.1:9")


def test_a_wait_of_nothing_is_refused():
    """A timeout of zero would mean none at all to the library below."""
    with pytest.raises(ValueError):
        Timeouts(connect=0)


def _sent(head):
    """Request line and headers but for the length, which differs."""
    line, *headers = head.strip().splitlines()
    return line, {one.partition(": ")[::2] for one in headers if not one.lower().startswith("content-length")}


async def test_short_and_long_bodies_are_sent_with_the_same_headers_over_one_connection():
    """The short way, taken twice, and aiohttp's own."""

    async with peer(saying(OK)) as served, HttpClient() as client:
        for text in ("a", "č" * 9, "x" * 40_000):
            found = await client.request(
                "POST", f"{served.url}/a%20b?c=d", json={"text": text}, headers=SECRET
            )
            assert (found.status, found.json()) == (200, {})
    first, second, long = served.heads
    assert first.startswith("POST /a%20b?c=d HTTP/1.1\r\n")
    assert _sent(first) == _sent(second) == _sent(long)
    assert served.bodies[1] == '{"text":"ččččččččč"}'.encode()
    assert served.connections == 1


async def test_each_short_call_carries_its_own_identifiers():
    async with peer(saying(OK)) as served, HttpClient() as client:
        for name in (b"one", b"two"):
            _, token = tracing.begin([(b"x-request-id", name)])
            await client.request("POST", served.url, json={})
            tracing.end(token)
    assert [head.count("X-Request-ID: ") for head in served.heads] == [1, 1]
    assert "X-Request-ID: one\r\n" in served.heads[0]
    assert "X-Request-ID: two\r\n" in served.heads[1]
    assert all(head.count("traceparent: 00-") == 1 for head in served.heads)


async def test_a_header_with_a_line_break_is_never_sent():
    async with peer(saying(OK)) as served, HttpClient() as client:
        with pytest.raises(MalformedAnswerError):
            await client.request("POST", served.url, json={}, headers={"X-Name": "a\r\nX-Evil: b"})
    assert served.heads == []
