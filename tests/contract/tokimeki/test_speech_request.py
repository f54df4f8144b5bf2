"""`POST /analyze_speech_request`: contract 2.15 and 3.6, from the sample prices."""

import re

import pytest

from contract.checks import text

PATH = "/analyze_speech_request"
ANSWER = {"answer": text()}
PROBLEM = {"error": text(), "code": text(), "request_id": text()}
END = "2013-03-01"


@pytest.fixture
def ask(tokimeki):
    """Ask a question; the answer has the contract's shape and status."""
    return lambda words, **more: tokimeki.post(PATH, {"text": words, **more}, ANSWER)


AMOUNT = r"\$\d+\.\d\d"


@pytest.mark.parametrize(
    ("words", "like"),
    [
        ("What is the price of Apple?", rf".*Apple \(AAPL\).*{AMOUNT}.* {END}.*"),
        ("What was the average price of Microsoft in the last five days?", rf".*average.*Microsoft \(MSFT\).* 5 days.*{AMOUNT}.*"),
        ("lowest price of google over the past 10 days", rf".*lowest.*Google \(GOOGL\).* 10 days.*{AMOUNT}.*\d{{4}}-\d\d-\d\d.*"),
        ("highest price of google last week", rf".*highest.*Google \(GOOGL\).* 7 days.*{AMOUNT}.*\d{{4}}-\d\d-\d\d.*"),
        ("apple prices, last 5 days", rf".*Apple \(AAPL\).* 5 days.*({END}: {AMOUNT}).*"),
        ("Meta max, 2 weeks", rf".*Meta \(META\).* 14 days.*{AMOUNT}.*"),
    ],
)  # fmt: skip
def test_answers(ask, upstream, words, like):
    """Company title-cased with its ticker, the days, amounts with two decimals; no model is asked."""
    answer = ask(words)
    assert re.fullmatch(like, answer["answer"]), answer["answer"]
    assert (answer["source"], answer["as_of"]) == ("sample", END)
    assert not upstream.seen


def test_the_figures_agree(ask):
    """Average, lowest, highest and last are those of the listed closes."""
    listed = re.findall(r"(\d{4}-\d\d-\d\d): \$(\d+\.\d\d)", ask("apple prices last 10 days")["answer"])
    closes = {day: float(amount) for day, amount in listed}
    assert len(closes) == 8  # 2013-02-20 to 2013-03-01 without a weekend
    assert f"${sum(closes.values()) / 8:.2f}" in ask("average apple last 10 days")["answer"]
    for word, best in (("lowest", min), ("highest", max)):
        day = best(closes, key=closes.__getitem__)
        assert f"${closes[day]:.2f} on {day}" in ask(f"{word} apple last 10 days")["answer"]
    assert f"${closes[END]:.2f} on {END}" in ask("apple price")["answer"]


def test_a_description_is_worded_by_a_model(ask, upstream):
    """Its text is the answer; the facts are in the prompt."""
    upstream.answers(content="Apple went down over the month.")
    answer = ask("How did Apple do last month?")
    assert (answer["answer"], answer["ai_generated"]) == ("Apple went down over the month.", True)
    (call,) = upstream.seen
    prompt = call["messages"][-1]["content"]
    assert re.search(rf"Apple \(AAPL\) fell by {AMOUNT} \(-\d+\.\d\d%\) in the last 30 days", prompt)
    assert {"lowest", "highest", "average", "down"} <= set(re.findall(r"[a-z]+", prompt))


@pytest.mark.parametrize(
    ("days", "script"),
    [
        (31, {"fault": "status", "status": 500}),
        (32, {"content": "It will rise to $999.99."}),
        (33, {"fault": "no_choices"}),
    ],
)
def test_our_own_sentence_where_no_model_may_word_it(ask, tokimeki, upstream, days, script):
    """A model that fails, says nothing, or says a figure that is not in the data costs its wording only."""
    upstream.answers(**script)
    answer = ask(f"Describe Apple, last {days} days")
    assert re.match(rf"Apple \(AAPL\) fell by {AMOUNT}", answer["answer"])
    assert answer["ai_generated"] is False
    tokimeki.forgive()


@pytest.mark.parametrize(
    "words", ["price of Tesla", "average gamma price last week", "How was AMD last month?"]
)
def test_no_data(ask, upstream, words):
    """It says so, with no amount, and asks no model."""
    answer = ask(words)
    assert re.search("no prices found", answer["answer"], re.IGNORECASE)
    assert "$" not in answer["answer"]
    assert answer["source"] is None
    assert not upstream.seen


def test_zero_days(ask):
    """No day holds no price."""
    assert re.search("no prices found", ask("Apple prices last 0 days")["answer"], re.IGNORECASE)


@pytest.mark.parametrize(
    "words", ["hello", "What is the price of a pineapple?", "Who founded Apple", "minimum of gemini"]
)
def test_other_questions(ask, upstream, words):
    """Always the same reply."""
    assert ask(words)["answer"] == ask("tell me a joke")["answer"]
    assert not upstream.seen


def test_the_old_services_model_names_are_no_error(ask, upstream):
    """They name nobody here; the default model words the answer."""
    upstream.answers(content="Apple fell.")
    assert ask("Describe Apple", model="mistralai/Mistral-7B-v0.1")["ai_generated"] is True


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "  "},
        {"text": None},
        {"text": 5},
        {"text": ["a"]},
        {"text": "a" * 5000},
        [],
        "x",
    ],
)
def test_no_text(tokimeki, body):
    """400 with the reason."""
    tokimeki.post(PATH, body, PROBLEM, status=400)


def test_no_json(tokimeki):
    """Also 400."""
    tokimeki.ask(
        PATH, PROBLEM, method="POST", status=400, content=b"{", headers={"Content-Type": "application/json"}
    )
