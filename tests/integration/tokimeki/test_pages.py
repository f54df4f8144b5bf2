"""The pages in a real browser: an answer streams, lanes fill, figures are shown, and nothing that is said is markup.

``TANDEM_TEST_PICTURES`` names a directory in which pictures of the pages are kept.
"""

import datetime as dt
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integration.tokimeki.browser import PROGRAM, Page, tab
from integration.tokimeki.serving import Service
from tandem.core.auth import repository

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="no Chromium on this machine: the pages are not driven"
)

EVIL = (
    "<script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\"> **<b>bold</b>**"
)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """A tab that must not complain."""
    async with tab(tmp_path / "browser") as opened:
        yield opened
    assert not opened.complaints


async def picture(page: Page, name: str) -> None:
    if directory := os.environ.get("TANDEM_TEST_PICTURES"):
        await page.picture(Path(directory) / f"{name}.png")


async def test_an_answer_streams(page, many, upstream):
    """The text grows while it comes; at the end it says who answered and what it took. Stop ends it."""
    upstream.answers(rate=25, tokens=40)
    await page.open(many.url)
    await page.until("document.querySelectorAll('#model option').length >= 6")
    assert await page.look("document.querySelector('#model').value") == "mistral-small"
    await page.fill("#message", "Hello")
    await page.click("#send")
    await page.until("document.querySelector('.answer').textContent.split(' ').length > 4")
    assert await page.look("document.querySelector('#stop').disabled") is False
    assert await page.look("document.querySelector('#send').disabled") is True
    await picture(page, "chat-streaming")
    about = await page.until("document.querySelector('.about').textContent")
    assert "openrouter" in about
    assert "tokens/s" in about
    assert await page.look("document.querySelector('.answer').textContent.trim().split(' ').length") == 40
    await picture(page, "chat")
    upstream.answers(rate=20, tokens=400)
    await page.fill("#message", "Go on")
    await page.click("#send")
    await page.until("document.querySelectorAll('.answer').length === 2")
    await page.until("document.querySelectorAll('.answer')[1].textContent.length > 20")
    await page.click("#stop")
    assert upstream.until("cancelled", 1) < 2
    await page.until("document.querySelectorAll('.about')[1].textContent.includes('stopped')")
    assert len(upstream.seen[-1]["messages"]) == 4, "the earlier turns are sent along"


async def test_nothing_that_is_said_is_markup(page, many, upstream):
    """A script in an answer, or in a question, is shown as the text that it is."""
    upstream.answers(content=EVIL)
    await page.open(many.url)
    await page.until("document.querySelectorAll('#model option').length >= 6")
    await page.fill("#message", f"What does {EVIL} do?")
    await page.click("#send")
    await page.until("document.querySelector('.about')?.textContent")
    assert await page.look("document.querySelector('.answer').textContent") == EVIL.replace("**", "")
    assert await page.look("document.querySelector('.answer strong').textContent") == "<b>bold</b>"
    assert EVIL in await page.look("document.querySelector('.question').textContent")
    await picture(page, "chat-evil")
    await page.fill("#message", EVIL)
    await page.click("#compare")
    await page.until("document.querySelector('.summary')?.textContent.includes('answered')")
    assert await page.look("document.title") == "Tokimeki"
    assert await page.look("document.querySelectorAll('#log script, #log img, #log b').length") == 0


async def test_a_failure_is_told(page, one, upstream):
    """The reason stands where the answer would."""
    upstream.answers(fault="status", status=400)
    await page.open(one.url)
    await page.until("document.querySelectorAll('#model option').length >= 6")
    await page.fill("#message", "Hello")
    await page.click("#send")
    assert "the provider failed" in await page.until("document.querySelector('.about.bad')?.textContent")
    assert page.complaints, "the browser itself notes a status of 502"
    page.complaints.clear()


async def test_lanes_side_by_side(page, many, upstream):
    """One lane per chosen model, each with its own figures; the fastest is named."""
    upstream.answers(rate=40, tokens=12)
    await page.open(many.url)
    await page.until("document.querySelectorAll('#models input').length > 6")
    await page.fill("#message", "Hello")
    await page.look(
        "document.querySelectorAll('#models input').forEach(box => {"
        " box.checked = ['mistral-small', 'qwen3-8b', 'openai/fails#fault=400'].includes(box.value) })"
    )
    await page.click("#compare")
    await page.until("document.querySelectorAll('.lane').length === 3")
    await page.until("document.querySelector('.lane .answer').textContent")
    await picture(page, "compare-streaming")
    await page.until("document.querySelector('.summary')?.textContent.includes('fastest')")
    texts = await page.look("[...document.querySelectorAll('.lane')].map(lane => lane.innerText)")
    assert all("12 tokens" in text and "tokens/s" in text for text in texts[:2])
    assert "the provider failed" in texts[2]
    await picture(page, "compare")


async def test_monitoring_shows_figures(page, many, upstream):
    """Requests, costs and models, and the limits beside what is used."""
    for _ in range(3):
        many.post("/chat", {"message": "Hello", "model": "gemma-3n"})
    stats = many.ask("/api/usage-stats")
    await page.open(f"{many.url}/monitoring")
    await page.until("document.querySelectorAll('#figures .figure').length >= 6")
    shown = await page.look("document.body.innerText")
    first = "document.querySelector('#figures .figure b').textContent"
    assert f"{stats['requests_today']}" in await page.look(first)
    assert "gemma-3n" in shown
    assert "1000" in shown.replace(",", "").replace("\u202f", "")
    await picture(page, "monitoring")
    await page.look("document.querySelector('#period').value = 'hour'")
    await page.look("document.querySelector('#period').dispatchEvent(new Event('change'))")
    await page.until("!document.querySelector('#problem').textContent")


async def test_monitoring_follows_what_goes_on(page, many, upstream):
    """The overview is there at once, and again with another range; it names routes, workers and calls by key."""
    many.post("/chat", {"message": "Hello", "model": "gemma-3n"})
    await page.open(f"{many.url}/monitoring")
    await page.until("document.querySelectorAll('#live .figure').length === 10")
    await page.until("document.querySelector('#routes').innerText.includes('POST /chat')")
    assert str(os.getpid()) in await page.look("document.querySelector('#workers').innerText")
    assert "without a key" in await page.look("document.querySelector('#keys').innerText")
    assert "ready" in await page.look("document.querySelector('#health').innerText")
    await page.look("document.querySelector('#live').replaceChildren()")
    await page.look("document.querySelector('#range').value = '1h'")
    await page.look("document.querySelector('#range').dispatchEvent(new Event('change'))")
    await page.until("document.querySelectorAll('#live .figure').length === 10")
    assert "Only since" in await page.look("document.querySelector('#since').textContent")
    await picture(page, "monitoring-live")


async def test_the_cache_can_be_looked_at_tested_and_cleared(page, many, upstream):
    """Without Redis the test says so, and clearing reaches what the workers hold all the same."""
    await page.open(f"{many.url}/monitoring")
    await page.until("document.querySelectorAll('#cache .figure').length === 4")
    assert "not configured" in await page.look("document.querySelector('#cache').innerText")
    await page.click("#test-redis")
    assert "Redis" in await page.until("document.querySelector('#cache-told.bad')?.textContent")
    page.complaints.clear()
    await page.look("window.confirm = () => true")
    await page.look("document.querySelector('#cache-told').textContent = ''")
    await page.click("#clear")
    assert await page.until("document.querySelector('#cache-told').textContent")
    await picture(page, "monitoring-cache")


async def test_the_page_about_platforms(page, many):
    """A table that says which platform works here by which setting."""
    await page.open(f"{many.url}/ai-platform-comparison")
    assert await page.look("document.querySelectorAll('tbody tr').length") == 11
    await picture(page, "platforms")


async def test_a_key_is_asked_for_and_sent_along(page, one, upstream, chat_database, tmp_path):
    """With authentication on the page asks for a key, keeps it for its tab, and streams, compares and counts with it."""
    now = dt.datetime.now(dt.UTC)
    made = one.run(repository.insert(one.context.database, "page", "ann", "admin", now=now, expires_at=None))
    guarded = Service(chat_database, tmp_path / "guarded", upstream, auth="on")
    try:
        await page.open(guarded.url)
        await page.until("document.querySelector('#caller').hidden === false")
        assert "key" in await page.until("document.querySelector('#state.bad')?.textContent")
        assert page.complaints, "the browser itself notes a status of 401"
        page.complaints.clear()
        await page.fill("#key", made.text)
        await page.click("#caller button")
        await page.until("document.querySelectorAll('#model option').length >= 6")
        await page.fill("#message", "Hello")
        await page.click("#send")
        assert "openrouter" in await page.until("document.querySelector('.about')?.textContent")
        await picture(page, "chat-with-key")
        await page.open(f"{guarded.url}/monitoring")
        await page.until("document.querySelectorAll('.figure').length >= 6")
        assert made.text not in await page.look("document.documentElement.outerHTML")
        assert await page.look("Object.keys(localStorage).length + document.cookie.length") == 0
    finally:
        guarded.stop()


async def test_stocks(page, one):
    """Symbols beside each other, a symbol that is unknown, and a back-test, all with their source."""
    await page.open(f"{one.url}/stocks")
    await page.until("document.querySelectorAll('#rows tr').length === 3")
    await page.until("document.querySelectorAll('#account polyline').length === 1")
    assert await page.look("document.querySelectorAll('#chart polyline').length") == 3
    assert "2013-03-01" in await page.look("document.querySelector('#notice').textContent")
    assert "sample" in await page.look("document.querySelector('#rows').textContent")
    await picture(page, "stocks")
    # As many units as pixels: the words of a chart are as large as all others, however narrow the window.
    units, pixels = await page.look(
        "[document.querySelector('#chart').viewBox.baseVal.width, document.querySelector('#chart').clientWidth]"
    )
    assert abs(units - pixels) <= 3
    await page.fill("#symbols", "MSFT, NOPE")
    await page.click("#show")
    await page.until("document.querySelectorAll('#rows tr').length === 1")
    assert "NOPE" in await page.look("document.querySelector('#problem').textContent")
