from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class AnswerInquiry(BaseModel):
    answer_inquiry: Union[
        "AnswerInquiryAnswerInquiryAnswerInquirySuccess",
        "AnswerInquiryAnswerInquiryPlainRefusal",
        "AnswerInquiryAnswerInquiryWordsTooLongRefusal",
    ] = Field(alias="answerInquiry", discriminator="typename__")


class AnswerInquiryAnswerInquiryAnswerInquirySuccess(BaseModel):
    typename__: Literal["AnswerInquirySuccess"] = Field(alias="__typename")
    received: bool


class AnswerInquiryAnswerInquiryPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "AnswerInquiryAnswerInquiryPlainRefusalMessage"


class AnswerInquiryAnswerInquiryPlainRefusalMessage(BaseModel):
    text: str


class AnswerInquiryAnswerInquiryWordsTooLongRefusal(BaseModel):
    typename__: Literal["WordsTooLongRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "AnswerInquiryAnswerInquiryWordsTooLongRefusalMessage"


class AnswerInquiryAnswerInquiryWordsTooLongRefusalMessage(BaseModel):
    text: str


AnswerInquiry.model_rebuild()
AnswerInquiryAnswerInquiryPlainRefusal.model_rebuild()
AnswerInquiryAnswerInquiryWordsTooLongRefusal.model_rebuild()
