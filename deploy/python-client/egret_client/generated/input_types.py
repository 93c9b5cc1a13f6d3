from datetime import date
from decimal import Decimal
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import DataClass, DisputeReason, Finding, RevocationReason


class AnswerInquiryInput(BaseModel):
    """An answer to a question about a record."""

    id: str
    "Its global id."
    finding: Finding
    "What you say about the record."
    words: str
    "What it rests on."


class DeliverRecordsInput(BaseModel):
    """Records to deliver, at most 100."""

    records: list["RecordInput"]
    "The records."


class IssuePassInput(BaseModel):
    """The benefit that a pass is for."""

    benefit: str
    "The code of the benefit."


class LogInInput(BaseModel):
    """Who signs in from a mini-program."""

    code: str
    "What `wx.login` gave."


class OpenDisputeInput(BaseModel):
    """A dispute to file."""

    record_id: str = Field(alias="recordId")
    "The record."
    reason: DisputeReason
    "What is wrong with it."
    words: str
    "In your own words, at most 500 characters."
    evidence: list[str] = Field(default_factory=lambda: [])
    "Ids of photos and pages, at most ten."


class RecordFactsInput(BaseModel):
    """Sources: what a record says besides its rule and its days."""

    amount: Optional[Decimal] = None
    "What is to be paid, where the record is about a bill."
    cured_on: Optional[date] = Field(alias="curedOn", default=None)
    "The day on which the bill was settled."
    sealed: bool = False
    "Whether the law seals it: it never counts, is shown to its owner only as sealed, and other facts are not kept."


class RecordInput(BaseModel):
    """Sources: a record to deliver."""

    document_number: str = Field(alias="documentNumber")
    "Your own number of the document."
    resident: str
    "The resident's ID number, 18 digits."
    source: str
    "The scheme's source that you report as, such as `traffic-police`."
    rule: str
    "The code of a rule that you may report."
    data_class: DataClass = Field(alias="dataClass")
    "The class that the rule has."
    occurred_on: date = Field(alias="occurredOn")
    "The day it happened, such as 2026-11-22."
    reported_on: date = Field(alias="reportedOn")
    "The day you report it."
    final: bool
    "Whether the decision is final."
    facts: Optional["RecordFactsInput"] = None
    "What else the rule asks for; none where it asks for nothing."


class RedeemPassInput(BaseModel):
    """A pass that a citizen shows."""

    code: str
    "The code that the citizen shows."


class RenewSessionInput(BaseModel):
    """A session to renew."""

    refresh_token: str = Field(alias="refreshToken")
    "The newest refresh token of the sign-in."


class RepairRecordInput(BaseModel):
    """A record whose demand was met, and the day of that."""

    document_number: str = Field(alias="documentNumber")
    "Your own number of the record; empty where it is missing."
    done_on: date = Field(alias="doneOn")
    "The day on which what it demanded was done."


class RevokeRecordInput(BaseModel):
    """A record to take back for good, and why."""

    document_number: str = Field(alias="documentNumber")
    "Your own number of the record."
    revocation_reason: RevocationReason = Field(alias="revocationReason")
    "Why."


class SignInInput(BaseModel):
    """Who signs in to the desk."""

    account: str
    "The account."
    password: str
    "Its password."
    device: Optional[str] = None
    "What an earlier session on this device gave; none for a new device."


DeliverRecordsInput.model_rebuild()
RecordInput.model_rebuild()
