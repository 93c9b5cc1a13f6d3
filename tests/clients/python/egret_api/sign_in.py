from datetime import datetime
from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class SignIn(BaseModel):
    sign_in: Union["SignInSignInSession", "SignInSignInRefusal"] = Field(
        alias="signIn", discriminator="typename__"
    )


class SignInSignInSession(BaseModel):
    typename__: Literal["Session"] = Field(alias="__typename")
    token: str
    role: str
    expires_at: datetime = Field(alias="expiresAt")


class SignInSignInRefusal(BaseModel):
    typename__: Literal["Refusal"] = Field(alias="__typename")
    code: RefusalCode
    message: "SignInSignInRefusalMessage"
    retry_after: Optional[int] = Field(alias="retryAfter")


class SignInSignInRefusalMessage(BaseModel):
    en: str


SignIn.model_rebuild()
SignInSignInRefusal.model_rebuild()
