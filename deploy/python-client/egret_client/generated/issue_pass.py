from datetime import datetime
from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class IssuePass(BaseModel):
    issue_pass: Union[
        "IssuePassIssuePassIssuePassSuccess",
        "IssuePassIssuePassPlainRefusal",
        "IssuePassIssuePassTooManyTriesRefusal",
        "IssuePassIssuePassBenefitNotOpenRefusal",
    ] = Field(alias="issuePass", discriminator="typename__")


class IssuePassIssuePassIssuePassSuccess(BaseModel):
    typename__: Literal["IssuePassSuccess"] = Field(alias="__typename")
    pass_: "IssuePassIssuePassIssuePassSuccessPass" = Field(alias="pass")


class IssuePassIssuePassIssuePassSuccessPass(BaseModel):
    id: str
    code: Optional[str]
    expires_at: datetime = Field(alias="expiresAt")


class IssuePassIssuePassPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "IssuePassIssuePassPlainRefusalMessage"


class IssuePassIssuePassPlainRefusalMessage(BaseModel):
    text: str


class IssuePassIssuePassTooManyTriesRefusal(BaseModel):
    typename__: Literal["TooManyTriesRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "IssuePassIssuePassTooManyTriesRefusalMessage"


class IssuePassIssuePassTooManyTriesRefusalMessage(BaseModel):
    text: str


class IssuePassIssuePassBenefitNotOpenRefusal(BaseModel):
    typename__: Literal["BenefitNotOpenRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "IssuePassIssuePassBenefitNotOpenRefusalMessage"


class IssuePassIssuePassBenefitNotOpenRefusalMessage(BaseModel):
    text: str


IssuePass.model_rebuild()
IssuePassIssuePassIssuePassSuccess.model_rebuild()
IssuePassIssuePassPlainRefusal.model_rebuild()
IssuePassIssuePassTooManyTriesRefusal.model_rebuild()
IssuePassIssuePassBenefitNotOpenRefusal.model_rebuild()
