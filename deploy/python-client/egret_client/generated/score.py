from datetime import date
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import LineKind


class Score(BaseModel):
    me: Optional["ScoreMe"]


class ScoreMe(BaseModel):
    id: str
    score: "ScoreMeScore"


class ScoreMeScore(BaseModel):
    id: str
    value: int
    lowest: int
    highest: int
    as_of: date = Field(alias="asOf")
    band: "ScoreMeScoreBand"
    lines: Optional["ScoreMeScoreLines"]


class ScoreMeScoreBand(BaseModel):
    code: str
    label: "ScoreMeScoreBandLabel"


class ScoreMeScoreBandLabel(BaseModel):
    text: str


class ScoreMeScoreLines(BaseModel):
    total_count: int = Field(alias="totalCount")
    edges: list["ScoreMeScoreLinesEdges"]
    page_info: "ScoreMeScoreLinesPageInfo" = Field(alias="pageInfo")


class ScoreMeScoreLinesEdges(BaseModel):
    node: "ScoreMeScoreLinesEdgesNode"


class ScoreMeScoreLinesEdgesNode(BaseModel):
    position: int
    kind: LineKind
    label: "ScoreMeScoreLinesEdgesNodeLabel"
    points: int
    legal_basis: Optional[str] = Field(alias="legalBasis")
    expires_on: Optional[date] = Field(alias="expiresOn")
    record: Optional["ScoreMeScoreLinesEdgesNodeRecord"]


class ScoreMeScoreLinesEdgesNodeLabel(BaseModel):
    text: str


class ScoreMeScoreLinesEdgesNodeRecord(BaseModel):
    id: str
    document_number: str = Field(alias="documentNumber")
    disputed: bool


class ScoreMeScoreLinesPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


Score.model_rebuild()
ScoreMe.model_rebuild()
ScoreMeScore.model_rebuild()
ScoreMeScoreBand.model_rebuild()
ScoreMeScoreLines.model_rebuild()
ScoreMeScoreLinesEdges.model_rebuild()
ScoreMeScoreLinesEdgesNode.model_rebuild()
