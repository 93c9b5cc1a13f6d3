from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class RevokeRecord(BaseModel):
    revoke_record: Union[
        "RevokeRecordRevokeRecordRevokeRecordSuccess",
        "RevokeRecordRevokeRecordPlainRefusal",
    ] = Field(alias="revokeRecord", discriminator="typename__")


class RevokeRecordRevokeRecordRevokeRecordSuccess(BaseModel):
    typename__: Literal["RevokeRecordSuccess"] = Field(alias="__typename")
    changed: bool


class RevokeRecordRevokeRecordPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "RevokeRecordRevokeRecordPlainRefusalMessage"


class RevokeRecordRevokeRecordPlainRefusalMessage(BaseModel):
    text: str


RevokeRecord.model_rebuild()
RevokeRecordRevokeRecordPlainRefusal.model_rebuild()
