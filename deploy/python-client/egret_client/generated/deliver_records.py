from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode, Rejection


class DeliverRecords(BaseModel):
    deliver_records: Union[
        "DeliverRecordsDeliverRecordsDeliverRecordsSuccess",
        "DeliverRecordsDeliverRecordsPlainRefusal",
    ] = Field(alias="deliverRecords", discriminator="typename__")


class DeliverRecordsDeliverRecordsDeliverRecordsSuccess(BaseModel):
    typename__: Literal["DeliverRecordsSuccess"] = Field(alias="__typename")
    report: "DeliverRecordsDeliverRecordsDeliverRecordsSuccessReport"


class DeliverRecordsDeliverRecordsDeliverRecordsSuccessReport(BaseModel):
    stored: int
    corrected: int
    unchanged: int
    refused: int
    rejects: list["DeliverRecordsDeliverRecordsDeliverRecordsSuccessReportRejects"]


class DeliverRecordsDeliverRecordsDeliverRecordsSuccessReportRejects(BaseModel):
    index: int
    rejection: Rejection
    text: str


class DeliverRecordsDeliverRecordsPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "DeliverRecordsDeliverRecordsPlainRefusalMessage"
    input_field: Optional[str] = Field(alias="inputField")


class DeliverRecordsDeliverRecordsPlainRefusalMessage(BaseModel):
    text: str


DeliverRecords.model_rebuild()
DeliverRecordsDeliverRecordsDeliverRecordsSuccess.model_rebuild()
DeliverRecordsDeliverRecordsDeliverRecordsSuccessReport.model_rebuild()
DeliverRecordsDeliverRecordsPlainRefusal.model_rebuild()
