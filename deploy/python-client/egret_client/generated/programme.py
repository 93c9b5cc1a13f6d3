from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Programme(BaseModel):
    scheme: "ProgrammeScheme"
    benefits: Optional["ProgrammeBenefits"]


class ProgrammeScheme(BaseModel):
    id: str
    version: str
    name: "ProgrammeSchemeName"
    lowest: int
    highest: int
    base: int


class ProgrammeSchemeName(BaseModel):
    text: str


class ProgrammeBenefits(BaseModel):
    edges: list["ProgrammeBenefitsEdges"]


class ProgrammeBenefitsEdges(BaseModel):
    node: "ProgrammeBenefitsEdgesNode"


class ProgrammeBenefitsEdgesNode(BaseModel):
    code: str
    label: "ProgrammeBenefitsEdgesNodeLabel"
    least: int
    ordinary_route: "ProgrammeBenefitsEdgesNodeOrdinaryRoute" = Field(
        alias="ordinaryRoute"
    )


class ProgrammeBenefitsEdgesNodeLabel(BaseModel):
    text: str


class ProgrammeBenefitsEdgesNodeOrdinaryRoute(BaseModel):
    text: str


Programme.model_rebuild()
ProgrammeScheme.model_rebuild()
ProgrammeBenefits.model_rebuild()
ProgrammeBenefitsEdges.model_rebuild()
ProgrammeBenefitsEdgesNode.model_rebuild()
