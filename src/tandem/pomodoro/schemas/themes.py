"""Answers about themes (categories) and about single weeks."""

from typing import Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Basis, Count, Percent


class Theme(Answer):
    """One category."""

    theme: str = Field(examples=["Coding"])
    sessions: Count = Field(description="Completed sessions.", examples=[48])
    avg_rating: Percent = Field(description="Plain mean rating, 0 where none is rated.", examples=[73.4])
    rated_count: Count = Field(description="Rated sessions behind that mean.", examples=[41])


class ThemeProductivity(Answer):
    """Answer of ``GET /api/theme-productivity``."""

    themes: list[Theme] = Field(description="Most sessions first.")
    best_theme: str | None = Field(
        description="Best mean, pulled towards the person's own, among themes with at least three ratings.",
        examples=["Coding"],
    )
    best_avg_rating: Percent = Field(description="Its plain mean rating, 0 without one.", examples=[73.4])


class ThemeRecommendation(Answer):
    """Answer of ``GET /api/theme-recommendation/{date}``."""

    recommended_theme: str | None = Field(examples=["Learning"])
    reason: str = Field(description="Why, in the reader's language.")
    confidence: int = Field(
        ge=0,
        le=100,
        description=(
            "0-100, unlike elsewhere: 30 points for how often the theme was done on this weekday (full from five "
            "sessions on) and 70 for its mean rating there, pulled towards the person's own."
        ),
        examples=[81],
    )
    day_of_week: Literal["pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota", "neděle"]
    sessions: Count = Field(description="Sessions of that theme on this weekday.", examples=[9])


class WeeklyInsights(Answer):
    """Answer of ``GET /api/weekly-insights/{week_start}``: the seven days from that date on."""

    predicted_sessions: Count = Field(
        description=(
            "Sessions of these seven days, as `total_predicted_sessions` of `/api/prediction/week`: what is done on "
            "finished days plus the forecast of the rest; of a past week what was forecast before it; 42 (seven times "
            "the daily default) without any session."
        ),
        examples=[24],
    )
    interval_80: tuple[Count, Count] | None = Field(
        description="Between these the number lies in about 80 of 100 weeks; null for the default.",
        examples=[[17, 32]],
    )
    basis: Basis
    recommended_focus: str | None = Field(
        description="Category with the best mean of these days, pulled towards the person's own.",
        examples=["Coding"],
    )
    tip: str = Field(description="Up to three sentences in the reader's language.")
    productivity_trend: int = Field(
        description="Change of the number of sessions against the seven days before, %; 0 if those are empty.",
        examples=[12],
    )
    pace: int | None = Field(
        description="The same, but only as many days of both weeks as have passed; null where nothing can be compared.",
        examples=[-5],
    )
    week_sessions: Count = Field(description="Completed sessions of these days.", examples=[14])
    best_theme_rating: Percent | None = Field(description="Plain mean rating of the focus.", examples=[78.5])
