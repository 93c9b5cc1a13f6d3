from typing import Any, Optional, Union

from .async_base_client import AsyncBaseClient
from .base_model import UNSET, UnsetType
from .cases import Cases
from .enums import QueueFilter
from .input_types import SignInInput
from .programme import Programme
from .sign_in import SignIn


def gql(q: str) -> str:
    return q


class Egret(AsyncBaseClient):
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
                        en
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

    async def programme(self, first: int, **kwargs: Any) -> Programme:
        query = gql("""
            query Programme($first: Int!) {
              scheme {
                id
                version
                name {
                  zh
                  en
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
                      zh
                      en
                    }
                    least
                    ordinaryRoute {
                      zh
                      en
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
                    en
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
