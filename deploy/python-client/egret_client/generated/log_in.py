from datetime import datetime
from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class LogIn(BaseModel):
    log_in: Union[
        "LogInLogInLogInSuccess", "LogInLogInPlainRefusal", "LogInLogInNotNowRefusal"
    ] = Field(alias="logIn", discriminator="typename__")


class LogInLogInLogInSuccess(BaseModel):
    typename__: Literal["LogInSuccess"] = Field(alias="__typename")
    session: "LogInLogInLogInSuccessSession"


class LogInLogInLogInSuccessSession(BaseModel):
    token: str
    expires_at: datetime = Field(alias="expiresAt")
    refresh_token: Optional[str] = Field(alias="refreshToken")


class LogInLogInPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "LogInLogInPlainRefusalMessage"


class LogInLogInPlainRefusalMessage(BaseModel):
    text: str


class LogInLogInNotNowRefusal(BaseModel):
    typename__: Literal["NotNowRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "LogInLogInNotNowRefusalMessage"


class LogInLogInNotNowRefusalMessage(BaseModel):
    text: str


LogIn.model_rebuild()
LogInLogInLogInSuccess.model_rebuild()
LogInLogInPlainRefusal.model_rebuild()
LogInLogInNotNowRefusal.model_rebuild()
