from datetime import date
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Determination, DisputeState


class MyDisputes(BaseModel):
    me: Optional["MyDisputesMe"]


class MyDisputesMe(BaseModel):
    disputes: Optional["MyDisputesMeDisputes"]


class MyDisputesMeDisputes(BaseModel):
    edges: list["MyDisputesMeDisputesEdges"]
    page_info: "MyDisputesMeDisputesPageInfo" = Field(alias="pageInfo")


class MyDisputesMeDisputesEdges(BaseModel):
    node: "MyDisputesMeDisputesEdgesNode"


class MyDisputesMeDisputesEdgesNode(BaseModel):
    id: str
    number: str
    state: DisputeState
    due_on: date = Field(alias="dueOn")
    working_days_left: int = Field(alias="workingDaysLeft")
    determination: Optional[Determination]
    explanation: Optional[str]
    question: Optional[str]
    can_appeal: bool = Field(alias="canAppeal")


class MyDisputesMeDisputesPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


MyDisputes.model_rebuild()
MyDisputesMe.model_rebuild()
MyDisputesMeDisputes.model_rebuild()
MyDisputesMeDisputesEdges.model_rebuild()
