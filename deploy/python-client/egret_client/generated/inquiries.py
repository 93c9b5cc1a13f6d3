from datetime import date
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import DisputeReason


class Inquiries(BaseModel):
    inquiries: Optional["InquiriesInquiries"]


class InquiriesInquiries(BaseModel):
    edges: list["InquiriesInquiriesEdges"]
    page_info: "InquiriesInquiriesPageInfo" = Field(alias="pageInfo")


class InquiriesInquiriesEdges(BaseModel):
    node: "InquiriesInquiriesEdgesNode"


class InquiriesInquiriesEdgesNode(BaseModel):
    id: str
    number: str
    document_number: str = Field(alias="documentNumber")
    reason: DisputeReason
    words: str
    question: str
    due_on: date = Field(alias="dueOn")


class InquiriesInquiriesPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


Inquiries.model_rebuild()
InquiriesInquiries.model_rebuild()
InquiriesInquiriesEdges.model_rebuild()
