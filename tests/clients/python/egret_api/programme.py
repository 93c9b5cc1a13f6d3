from pydantic import Field

from .base_model import BaseModel


class Programme(BaseModel):
    scheme: "ProgrammeScheme"
    benefits: "ProgrammeBenefits"


class ProgrammeScheme(BaseModel):
    version: "ProgrammeSchemeVersion"
    lowest: int
    highest: int
    base: int


class ProgrammeSchemeVersion(BaseModel):
    id: str
    version: str
    name: "ProgrammeSchemeVersionName"


class ProgrammeSchemeVersionName(BaseModel):
    zh: str
    en: str


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
    zh: str
    en: str


class ProgrammeBenefitsEdgesNodeOrdinaryRoute(BaseModel):
    zh: str
    en: str


Programme.model_rebuild()
ProgrammeScheme.model_rebuild()
ProgrammeSchemeVersion.model_rebuild()
ProgrammeBenefits.model_rebuild()
ProgrammeBenefitsEdges.model_rebuild()
ProgrammeBenefitsEdgesNode.model_rebuild()
