from datetime import datetime
from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import PrincipalKind, RefusalCode


class SignIn(BaseModel):
    sign_in: Union[
        "SignInSignInSignInSuccess",
        "SignInSignInPlainRefusal",
        "SignInSignInTooManyTriesRefusal",
    ] = Field(alias="signIn", discriminator="typename__")


class SignInSignInSignInSuccess(BaseModel):
    typename__: Literal["SignInSuccess"] = Field(alias="__typename")
    session: "SignInSignInSignInSuccessSession"


class SignInSignInSignInSuccessSession(BaseModel):
    token: str
    role: PrincipalKind
    expires_at: datetime = Field(alias="expiresAt")


class SignInSignInPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "SignInSignInPlainRefusalMessage"


class SignInSignInPlainRefusalMessage(BaseModel):
    text: str


class SignInSignInTooManyTriesRefusal(BaseModel):
    typename__: Literal["TooManyTriesRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "SignInSignInTooManyTriesRefusalMessage"


class SignInSignInTooManyTriesRefusalMessage(BaseModel):
    text: str


SignIn.model_rebuild()
SignInSignInSignInSuccess.model_rebuild()
SignInSignInPlainRefusal.model_rebuild()
SignInSignInTooManyTriesRefusal.model_rebuild()
