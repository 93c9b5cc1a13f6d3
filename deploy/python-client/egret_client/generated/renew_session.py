from datetime import datetime
from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class RenewSession(BaseModel):
    renew_session: Union[
        "RenewSessionRenewSessionRenewSessionSuccess",
        "RenewSessionRenewSessionPlainRefusal",
    ] = Field(alias="renewSession", discriminator="typename__")


class RenewSessionRenewSessionRenewSessionSuccess(BaseModel):
    typename__: Literal["RenewSessionSuccess"] = Field(alias="__typename")
    session: "RenewSessionRenewSessionRenewSessionSuccessSession"


class RenewSessionRenewSessionRenewSessionSuccessSession(BaseModel):
    token: str
    expires_at: datetime = Field(alias="expiresAt")
    refresh_token: Optional[str] = Field(alias="refreshToken")


class RenewSessionRenewSessionPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "RenewSessionRenewSessionPlainRefusalMessage"


class RenewSessionRenewSessionPlainRefusalMessage(BaseModel):
    text: str


RenewSession.model_rebuild()
RenewSessionRenewSessionRenewSessionSuccess.model_rebuild()
RenewSessionRenewSessionPlainRefusal.model_rebuild()
