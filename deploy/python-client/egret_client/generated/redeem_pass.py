from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class RedeemPass(BaseModel):
    redeem_pass: Union[
        "RedeemPassRedeemPassRedeemPassSuccess", "RedeemPassRedeemPassPlainRefusal"
    ] = Field(alias="redeemPass", discriminator="typename__")


class RedeemPassRedeemPassRedeemPassSuccess(BaseModel):
    typename__: Literal["RedeemPassSuccess"] = Field(alias="__typename")
    valid: bool


class RedeemPassRedeemPassPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "RedeemPassRedeemPassPlainRefusalMessage"


class RedeemPassRedeemPassPlainRefusalMessage(BaseModel):
    text: str


RedeemPass.model_rebuild()
RedeemPassRedeemPassPlainRefusal.model_rebuild()
