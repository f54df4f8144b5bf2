"""The old service's sentiment routes, under their old paths."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from tandem.core.disconnect import while_connected
from tandem.core.json_body import described, json_body
from tandem.core.problems import body, responses
from tandem.tokimeki.dependencies import FactoryDep
from tandem.tokimeki.schemas.sentiment import TweetAnswer, TweetAsk

router = APIRouter(tags=["old paths"])

TweetBody = Annotated[TweetAsk, Depends(json_body(TweetAsk))]


@router.post(
    "/analyze_tweet", summary="Judge a tweet", openapi_extra=described(TweetAsk), responses=responses(400, 415, 503)
)  # fmt: skip
async def analyze_tweet(request: Request, ask: TweetBody, factory: FactoryDep) -> TweetAnswer:
    """Tell a tweet's sentiment, the words that mattered and, if there is one, a similar example."""
    return await while_connected(request, factory.sentiment.tweet(ask))


@router.get("/hf_tweeteval_sample", status_code=410, summary="Gone")
async def hf_tweeteval_sample() -> JSONResponse:
    """Say that this route, which read a whole data set for one row, is gone."""
    return JSONResponse(body("this route is gone; use POST /api/v1/sentiment", "gone"), 410)
