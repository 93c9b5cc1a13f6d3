from typing import Any, Optional, Union

from .answer_inquiry import AnswerInquiry
from .async_base_client import AsyncBaseClient
from .base_model import UNSET, UnsetType
from .cases import Cases
from .deliver_records import DeliverRecords
from .enums import QueueFilter
from .input_types import (
    AnswerInquiryInput,
    DeliverRecordsInput,
    IssuePassInput,
    LogInInput,
    OpenDisputeInput,
    RedeemPassInput,
    RenewSessionInput,
    RepairRecordInput,
    RevokeRecordInput,
    SignInInput,
)
from .inquiries import Inquiries
from .issue_pass import IssuePass
from .log_in import LogIn
from .my_benefits import MyBenefits
from .my_disputes import MyDisputes
from .open_dispute import OpenDispute
from .programme import Programme
from .redeem_pass import RedeemPass
from .renew_session import RenewSession
from .repair_record import RepairRecord
from .revoke_record import RevokeRecord
from .score import Score
from .sign_in import SignIn


def gql(q: str) -> str:
    return q


class Egret(AsyncBaseClient):
    async def answer_inquiry(
        self, input: AnswerInquiryInput, **kwargs: Any
    ) -> AnswerInquiry:
        query = gql("""
            mutation AnswerInquiry($input: AnswerInquiryInput!) {
              answerInquiry(input: $input) {
                __typename
                ... on AnswerInquirySuccess {
                  received
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="AnswerInquiry", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return AnswerInquiry.model_validate(data)

    async def cases(
        self,
        part: QueueFilter,
        first: int,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Cases:
        query = gql("""
            query Cases($part: QueueFilter!, $first: Int!, $after: String) {
              cases(part: $part, first: $first, after: $after) {
                edges {
                  node {
                    dispute {
                      number
                      state
                      dueOn
                      workingDaysLeft
                      subject {
                        text
                      }
                    }
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }
            """)
        variables: dict[str, object] = {"part": part, "first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="Cases", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Cases.model_validate(data)

    async def deliver_records(
        self, input: DeliverRecordsInput, **kwargs: Any
    ) -> DeliverRecords:
        query = gql("""
            mutation DeliverRecords($input: DeliverRecordsInput!) {
              deliverRecords(input: $input) {
                __typename
                ... on DeliverRecordsSuccess {
                  report {
                    stored
                    corrected
                    unchanged
                    refused
                    rejects {
                      index
                      rejection
                      text
                    }
                  }
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                  inputField
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="DeliverRecords", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return DeliverRecords.model_validate(data)

    async def inquiries(
        self, first: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> Inquiries:
        query = gql("""
            query Inquiries($first: Int!, $after: String) {
              inquiries(first: $first, after: $after) {
                edges {
                  node {
                    id
                    number
                    documentNumber
                    reason
                    words
                    question
                    dueOn
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="Inquiries", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Inquiries.model_validate(data)

    async def issue_pass(self, input: IssuePassInput, **kwargs: Any) -> IssuePass:
        query = gql("""
            mutation IssuePass($input: IssuePassInput!) {
              issuePass(input: $input) {
                __typename
                ... on IssuePassSuccess {
                  pass {
                    id
                    code
                    expiresAt
                  }
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="IssuePass", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return IssuePass.model_validate(data)

    async def log_in(self, input: LogInInput, **kwargs: Any) -> LogIn:
        query = gql("""
            mutation LogIn($input: LogInInput!) {
              logIn(input: $input) {
                __typename
                ... on LogInSuccess {
                  session {
                    token
                    expiresAt
                    refreshToken
                  }
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="LogIn", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return LogIn.model_validate(data)

    async def my_benefits(
        self, first: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> MyBenefits:
        query = gql("""
            query MyBenefits($first: Int!, $after: String) {
              me {
                benefits(first: $first, after: $after) {
                  edges {
                    node {
                      eligible
                      shortBy
                      benefit {
                        code
                        label {
                          text
                        }
                        terms {
                          text
                        }
                        ordinaryRoute {
                          text
                        }
                      }
                    }
                  }
                  pageInfo {
                    hasNextPage
                    endCursor
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="MyBenefits", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return MyBenefits.model_validate(data)

    async def my_disputes(
        self, first: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> MyDisputes:
        query = gql("""
            query MyDisputes($first: Int!, $after: String) {
              me {
                disputes(first: $first, after: $after) {
                  edges {
                    node {
                      id
                      number
                      state
                      dueOn
                      workingDaysLeft
                      determination
                      explanation
                      question
                      canAppeal
                    }
                  }
                  pageInfo {
                    hasNextPage
                    endCursor
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="MyDisputes", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return MyDisputes.model_validate(data)

    async def open_dispute(self, input: OpenDisputeInput, **kwargs: Any) -> OpenDispute:
        query = gql("""
            mutation OpenDispute($input: OpenDisputeInput!) {
              openDispute(input: $input) {
                __typename
                ... on OpenDisputeSuccess {
                  dispute {
                    id
                    number
                    state
                    dueOn
                  }
                  citizen {
                    id
                    score {
                      id
                      value
                    }
                  }
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                  inputField
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="OpenDispute", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return OpenDispute.model_validate(data)

    async def programme(self, first: int, **kwargs: Any) -> Programme:
        query = gql("""
            query Programme($first: Int!) {
              scheme {
                id
                version
                name {
                  text
                }
                lowest
                highest
                base
              }
              benefits(first: $first) {
                edges {
                  node {
                    code
                    label {
                      text
                    }
                    least
                    ordinaryRoute {
                      text
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first}
        response = await self.execute(
            query=query, operation_name="Programme", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Programme.model_validate(data)

    async def redeem_pass(self, input: RedeemPassInput, **kwargs: Any) -> RedeemPass:
        query = gql("""
            mutation RedeemPass($input: RedeemPassInput!) {
              redeemPass(input: $input) {
                __typename
                ... on RedeemPassSuccess {
                  valid
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="RedeemPass", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RedeemPass.model_validate(data)

    async def renew_session(
        self, input: RenewSessionInput, **kwargs: Any
    ) -> RenewSession:
        query = gql("""
            mutation RenewSession($input: RenewSessionInput!) {
              renewSession(input: $input) {
                __typename
                ... on RenewSessionSuccess {
                  session {
                    token
                    expiresAt
                    refreshToken
                  }
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="RenewSession", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RenewSession.model_validate(data)

    async def repair_record(
        self, input: RepairRecordInput, **kwargs: Any
    ) -> RepairRecord:
        query = gql("""
            mutation RepairRecord($input: RepairRecordInput!) {
              repairRecord(input: $input) {
                __typename
                ... on RepairRecordSuccess {
                  changed
                }
                ... on NotRepairableRefusal {
                  earliest
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="RepairRecord", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RepairRecord.model_validate(data)

    async def revoke_record(
        self, input: RevokeRecordInput, **kwargs: Any
    ) -> RevokeRecord:
        query = gql("""
            mutation RevokeRecord($input: RevokeRecordInput!) {
              revokeRecord(input: $input) {
                __typename
                ... on RevokeRecordSuccess {
                  changed
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="RevokeRecord", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RevokeRecord.model_validate(data)

    async def score(
        self, first: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> Score:
        query = gql("""
            query Score($first: Int!, $after: String) {
              me {
                id
                score {
                  id
                  value
                  lowest
                  highest
                  asOf
                  band {
                    code
                    label {
                      text
                    }
                  }
                  lines(first: $first, after: $after) {
                    totalCount
                    edges {
                      node {
                        position
                        kind
                        label {
                          text
                        }
                        points
                        legalBasis
                        expiresOn
                        record {
                          id
                          documentNumber
                          disputed
                        }
                      }
                    }
                    pageInfo {
                      hasNextPage
                      endCursor
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="Score", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Score.model_validate(data)

    async def sign_in(self, input: SignInInput, **kwargs: Any) -> SignIn:
        query = gql("""
            mutation SignIn($input: SignInInput!) {
              signIn(input: $input) {
                __typename
                ... on SignInSuccess {
                  session {
                    token
                    role
                    expiresAt
                  }
                }
                ... on Refusal {
                  refusalCode
                  message {
                    text
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="SignIn", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return SignIn.model_validate(data)
