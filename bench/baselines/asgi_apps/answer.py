"""A recommendation as it looks, ready: what the framework alone does with it is measured."""

from pydantic import BaseModel


class Recommendation(BaseModel):
    """The answer's shape."""

    current_time: str
    recommended_preset: str
    reason: str
    alternative: str | None
    confidence: float
    all_scores: dict[str, float]


READY = {
    "current_time": "10:15", "recommended_preset": "deep_work", "alternative": "learning", "confidence": 0.71,
    "reason": "V tuto hodinu jsi s tímto typem sezení hodnotil produktivitu v průměru na 71 bodů ze 100.",
    "all_scores": {"deep_work": 71.25, "learning": 68.5, "quick_tasks": 64.75, "flow_mode": 61.0},
}  # fmt: skip
