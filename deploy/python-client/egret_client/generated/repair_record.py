from datetime import date
from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RefusalCode


class RepairRecord(BaseModel):
    repair_record: Union[
        "RepairRecordRepairRecordRepairRecordSuccess",
        "RepairRecordRepairRecordPlainRefusal",
        "RepairRecordRepairRecordNotRepairableRefusal",
    ] = Field(alias="repairRecord", discriminator="typename__")


class RepairRecordRepairRecordRepairRecordSuccess(BaseModel):
    typename__: Literal["RepairRecordSuccess"] = Field(alias="__typename")
    changed: bool


class RepairRecordRepairRecordPlainRefusal(BaseModel):
    typename__: Literal["PlainRefusal"] = Field(alias="__typename")
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "RepairRecordRepairRecordPlainRefusalMessage"


class RepairRecordRepairRecordPlainRefusalMessage(BaseModel):
    text: str


class RepairRecordRepairRecordNotRepairableRefusal(BaseModel):
    typename__: Literal["NotRepairableRefusal"] = Field(alias="__typename")
    earliest: Optional[date]
    refusal_code: RefusalCode = Field(alias="refusalCode")
    message: "RepairRecordRepairRecordNotRepairableRefusalMessage"


class RepairRecordRepairRecordNotRepairableRefusalMessage(BaseModel):
    text: str


RepairRecord.model_rebuild()
RepairRecordRepairRecordPlainRefusal.model_rebuild()
RepairRecordRepairRecordNotRepairableRefusal.model_rebuild()
