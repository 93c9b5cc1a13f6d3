from datetime import date
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import DisputeState


class Cases(BaseModel):
    cases: Optional["CasesCases"]


class CasesCases(BaseModel):
    edges: list["CasesCasesEdges"]
    page_info: "CasesCasesPageInfo" = Field(alias="pageInfo")


class CasesCasesEdges(BaseModel):
    node: "CasesCasesEdgesNode"


class CasesCasesEdgesNode(BaseModel):
    dispute: "CasesCasesEdgesNodeDispute"


class CasesCasesEdgesNodeDispute(BaseModel):
    number: str
    state: DisputeState
    due_on: date = Field(alias="dueOn")
    working_days_left: int = Field(alias="workingDaysLeft")
    subject: "CasesCasesEdgesNodeDisputeSubject"


class CasesCasesEdgesNodeDisputeSubject(BaseModel):
    text: str


class CasesCasesPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


Cases.model_rebuild()
CasesCases.model_rebuild()
CasesCasesEdges.model_rebuild()
CasesCasesEdgesNode.model_rebuild()
CasesCasesEdgesNodeDispute.model_rebuild()
