from datetime import date
from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import DisputeState, RefusalCode


class OpenDispute(BaseModel):
    open_dispute: Union[
        "OpenDisputeOpenDisputeOpenDisputeSuccess",
        "OpenDisputeOpenDisputePlainRefusal",
        "OpenDisputeOpenDisputeTooManyTriesRefusal",
        "OpenDisputeOpenDisputeDisputeOpenRefusal",
        "OpenDisputeOpenDisputeDisputeDecidedRefusal",
        "OpenDisputeOpenDisputeWordsTooLongRefusal",
        "OpenDisputeOpenDisputeTooManyPhotosRefusal",
    ] = Field(alias="openDispute", discriminator="typename__")


class OpenDisputeOpenDisputeOpenDisputeSuccess(BaseModel):
    typename__: Literal["OpenDisputeSuccess"] = Field(alias="__typename")
    dispute: "OpenDisputeOpenDisputeOpenDisputeSuccessDispute"
    citizen: "OpenDisputeOpenDisputeOpenDisputeSuccessCitizen"


class OpenDisputeOpenDisputeOpenDisputeSuccessDispute(BaseModel):
    id: str
    number: str
    state: DisputeState
    due_on: date = Field(alias="dueOn")


class OpenDisputeOpenDisputeOpenDisputeSuccessCitizen(BaseModel):
    id: str
    score: "OpenDisputeOpenDisputeOpenDisputeSuccessCitizenScore"


class OpenDisputeOpenDisputeOpenDisputeSuccessCitizenScore(BaseModel):
    id: str
    value: int


class OpenDisputeOpenDisputePlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "OpenDisputeOpenDisputePlainRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class OpenDisputeOpenDisputePlainRefusalMessage(BaseModel):
    text: str


class OpenDisputeOpenDisputeTooManyTriesRefusal(BaseModel):
    typename__: Literal["TooManyTriesRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "OpenDisputeOpenDisputeTooManyTriesRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class OpenDisputeOpenDisputeTooManyTriesRefusalMessage(BaseModel):
    text: str


class OpenDisputeOpenDisputeDisputeOpenRefusal(BaseModel):
    typename__: Literal["DisputeOpenRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "OpenDisputeOpenDisputeDisputeOpenRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class OpenDisputeOpenDisputeDisputeOpenRefusalMessage(BaseModel):
    text: str


class OpenDisputeOpenDisputeDisputeDecidedRefusal(BaseModel):
    typename__: Literal["DisputeDecidedRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "OpenDisputeOpenDisputeDisputeDecidedRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class OpenDisputeOpenDisputeDisputeDecidedRefusalMessage(BaseModel):
    text: str


class OpenDisputeOpenDisputeWordsTooLongRefusal(BaseModel):
    typename__: Literal["WordsTooLongRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "OpenDisputeOpenDisputeWordsTooLongRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class OpenDisputeOpenDisputeWordsTooLongRefusalMessage(BaseModel):
    text: str


class OpenDisputeOpenDisputeTooManyPhotosRefusal(BaseModel):
    typename__: Literal["TooManyPhotosRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "OpenDisputeOpenDisputeTooManyPhotosRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class OpenDisputeOpenDisputeTooManyPhotosRefusalMessage(BaseModel):
    text: str


OpenDispute.model_rebuild()
OpenDisputeOpenDisputeOpenDisputeSuccess.model_rebuild()
OpenDisputeOpenDisputeOpenDisputeSuccessCitizen.model_rebuild()
OpenDisputeOpenDisputePlainRefusal.model_rebuild()
OpenDisputeOpenDisputeTooManyTriesRefusal.model_rebuild()
OpenDisputeOpenDisputeDisputeOpenRefusal.model_rebuild()
OpenDisputeOpenDisputeDisputeDecidedRefusal.model_rebuild()
OpenDisputeOpenDisputeWordsTooLongRefusal.model_rebuild()
OpenDisputeOpenDisputeTooManyPhotosRefusal.model_rebuild()
