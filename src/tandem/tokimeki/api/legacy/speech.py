"""The old service's question about prices in plain words, under its old path."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from tandem.core.disconnect import while_connected
from tandem.core.json_body import described, json_body
from tandem.core.problems import responses
from tandem.tokimeki.dependencies import AskerDep, FactoryDep
from tandem.tokimeki.schemas.speech import PriceAnswer, SpeechQuestion

router = APIRouter(tags=["old paths"])

QuestionBody = Annotated[SpeechQuestion, Depends(json_body(SpeechQuestion))]


@router.post(
    "/analyze_speech_request", summary="Ask about prices in plain words",
    openapi_extra=described(SpeechQuestion), responses=responses(400, 415),
)  # fmt: skip
async def analyze_speech_request(
    request: Request, question: QuestionBody, asker: AskerDep, factory: FactoryDep
) -> PriceAnswer:
    """Answer a question about a company's prices; also where it cannot be answered the status is 200."""
    return await while_connected(request, factory.prices.answer(question.text, asker, question.model))
