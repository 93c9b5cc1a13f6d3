from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class MyBenefits(BaseModel):
    me: Optional["MyBenefitsMe"]


class MyBenefitsMe(BaseModel):
    benefits: Optional["MyBenefitsMeBenefits"]


class MyBenefitsMeBenefits(BaseModel):
    edges: list["MyBenefitsMeBenefitsEdges"]
    page_info: "MyBenefitsMeBenefitsPageInfo" = Field(alias="pageInfo")


class MyBenefitsMeBenefitsEdges(BaseModel):
    node: "MyBenefitsMeBenefitsEdgesNode"


class MyBenefitsMeBenefitsEdgesNode(BaseModel):
    eligible: bool
    short_by: int = Field(alias="shortBy")
    benefit: "MyBenefitsMeBenefitsEdgesNodeBenefit"


class MyBenefitsMeBenefitsEdgesNodeBenefit(BaseModel):
    code: str
    label: "MyBenefitsMeBenefitsEdgesNodeBenefitLabel"
    terms: "MyBenefitsMeBenefitsEdgesNodeBenefitTerms"
    ordinary_route: "MyBenefitsMeBenefitsEdgesNodeBenefitOrdinaryRoute" = Field(
        alias="ordinaryRoute"
    )


class MyBenefitsMeBenefitsEdgesNodeBenefitLabel(BaseModel):
    text: str


class MyBenefitsMeBenefitsEdgesNodeBenefitTerms(BaseModel):
    text: str


class MyBenefitsMeBenefitsEdgesNodeBenefitOrdinaryRoute(BaseModel):
    text: str


class MyBenefitsMeBenefitsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


MyBenefits.model_rebuild()
MyBenefitsMe.model_rebuild()
MyBenefitsMeBenefits.model_rebuild()
MyBenefitsMeBenefitsEdges.model_rebuild()
MyBenefitsMeBenefitsEdgesNode.model_rebuild()
MyBenefitsMeBenefitsEdgesNodeBenefit.model_rebuild()
