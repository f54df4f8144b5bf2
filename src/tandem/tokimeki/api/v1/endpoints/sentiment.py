"""What is thought of texts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from tandem.core.disconnect import while_connected
from tandem.core.json_body import described, json_body
from tandem.core.problems import responses
from tandem.tokimeki.dependencies import AskerDep, FactoryDep
from tandem.tokimeki.schemas.sentiment import (
    ManySentiments,
    OneSentiment,
    SentimentAsk,
    SentimentJob,
    SentimentJobAsk,
)

router = APIRouter(prefix="/api/v1/sentiment", tags=["sentiment"])

AskBody = Annotated[SentimentAsk, Depends(json_body(SentimentAsk))]
JobBody = Annotated[SentimentJobAsk, Depends(json_body(SentimentJobAsk))]


@router.post(
    "", summary="Judge texts", openapi_extra=described(SentimentAsk), responses=responses(415, 422, 503)
)  # fmt: skip
async def judge(request: Request, ask: AskBody, factory: FactoryDep) -> OneSentiment | ManySentiments:
    """Tell whether a `text`, or each of up to 256 `texts`, is positive, neutral or negative, and which words mattered."""
    return await while_connected(request, factory.sentiment.judge(ask))


@router.post(
    "/jobs", status_code=202, summary="Judge many texts", openapi_extra=described(SentimentJobAsk),
    responses=responses(415, 422, 503),
)  # fmt: skip
async def enqueue(ask: JobBody, asker: AskerDep, factory: FactoryDep, response: Response) -> SentimentJob:
    """Judge up to 10,000 texts in the background."""
    job = await factory.sentiment.enqueue(asker.user, ask)
    response.headers["Location"] = job.status_url
    return job


@router.get(
    "/jobs/{job_id}", summary="Many texts: how far, and the results", responses=responses(404, 422, 503)
)
async def job(job_id: UUID, asker: AskerDep, factory: FactoryDep) -> SentimentJob:
    """Return how far a job is and, once it is done, what is thought of its texts."""
    return await factory.sentiment.job(asker.user, job_id)


@router.delete(
    "/jobs/{job_id}", status_code=204, summary="Cancel a job", responses=responses(404, 409, 422, 503)
)  # fmt: skip
async def cancel(job_id: UUID, asker: AskerDep, factory: FactoryDep) -> None:
    """Cancel a job that waits or runs; its texts are forgotten."""
    await factory.sentiment.cancel(asker.user, job_id)
