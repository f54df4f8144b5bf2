"""Answers of ``GET /api/recommendation`` and ``GET /api/preset-stats``."""

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.common import Answer, Basis, Count, Hour, Percent, UnitInterval


class Recommendation(Answer):
    """Which preset fits now."""

    current_time: Annotated[str, Field(pattern=r"^\d\d:\d\d$", examples=["09:30"])]
    recommended_preset: PresetKey = Field(examples=["deep_work"])
    preset: PresetKey = Field(description="The same as `recommended_preset`.", examples=["deep_work"])
    reason: str = Field(min_length=1, description="Why, in the reader's language.")
    alternative: PresetKey | None = Field(description="Second best; null without sessions.")
    confidence: UnitInterval = Field(
        description=(
            "Share of the recommended preset's estimate that comes from the person's own ratings "
            "in this context; 0.3 is the least, which the default has."
        ),
        examples=[0.74],
    )
    all_scores: dict[PresetKey, Percent] | None = Field(
        default=None,
        # The contract leaves the key out where there are no sessions at all.
        exclude_if=lambda scores: scores is None,
        description="Expected productivity less its uncertainty, 0-100; absent without sessions.",
        examples=[{"deep_work": 78.2, "learning": 71.4, "quick_tasks": 66.0, "flow_mode": 61.3}],
    )
    expected_productivity: Percent = Field(
        description="Expected rating of a session with the recommended preset now.", examples=[81.4]
    )
    sessions: Count = Field(description="Rated sessions with the recommended preset.", examples=[23])
    basis: Basis = Field(description="`default`: nothing is known of the recommended preset yet.")


class PresetStats(Answer):
    """What is known of one preset."""

    avg_rating: Percent = Field(description="Plain mean rating.", examples=[74.25])
    session_count: Count = Field(description="Rated sessions.", examples=[31])
    best_hour: Hour | None = Field(
        description="Hour with the best mean, pulled towards the preset's own.", examples=[9]
    )
    best_category: str | None = Field(
        description="Category with the best mean, pulled towards the preset's own.", examples=["Coding"]
    )


class PresetStatsAnswer(RootModel[dict[str, PresetStats]]):
    """By name, each preset with a rating, also such as are no longer on offer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "deep_work": {
                        "avg_rating": 74.25,
                        "session_count": 31,
                        "best_hour": 9,
                        "best_category": "Coding",
                    },
                    "quick_tasks": {
                        "avg_rating": 66.5,
                        "session_count": 12,
                        "best_hour": 13,
                        "best_category": None,
                    },
                }
            ]
        }
    )
