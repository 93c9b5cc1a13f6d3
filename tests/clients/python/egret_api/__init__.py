from .async_base_client import AsyncBaseClient
from .base_model import BaseModel, Upload
from .cases import (
    Cases,
    CasesCases,
    CasesCasesEdges,
    CasesCasesEdgesNode,
    CasesCasesEdgesNodeDispute,
    CasesCasesEdgesNodeDisputeSubject,
    CasesCasesPageInfo,
)
from .client import Egret
from .enums import DisputeState, PrincipalKind, QueueFilter, RefusalCode
from .exceptions import (
    GraphQLClientError,
    GraphQLClientGraphQLError,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    GraphQLClientInvalidResponseError,
)
from .input_types import SignInInput
from .programme import (
    Programme,
    ProgrammeBenefits,
    ProgrammeBenefitsEdges,
    ProgrammeBenefitsEdgesNode,
    ProgrammeBenefitsEdgesNodeLabel,
    ProgrammeBenefitsEdgesNodeOrdinaryRoute,
    ProgrammeScheme,
    ProgrammeSchemeName,
)
from .sign_in import (
    SignIn,
    SignInSignInPlainRefusal,
    SignInSignInPlainRefusalMessage,
    SignInSignInSignInSuccess,
    SignInSignInSignInSuccessSession,
    SignInSignInTooManyTriesRefusal,
    SignInSignInTooManyTriesRefusalMessage,
)

__all__ = [
    "AsyncBaseClient",
    "BaseModel",
    "Cases",
    "CasesCases",
    "CasesCasesEdges",
    "CasesCasesEdgesNode",
    "CasesCasesEdgesNodeDispute",
    "CasesCasesEdgesNodeDisputeSubject",
    "CasesCasesPageInfo",
    "DisputeState",
    "Egret",
    "GraphQLClientError",
    "GraphQLClientGraphQLError",
    "GraphQLClientGraphQLMultiError",
    "GraphQLClientHttpError",
    "GraphQLClientInvalidResponseError",
    "PrincipalKind",
    "Programme",
    "ProgrammeBenefits",
    "ProgrammeBenefitsEdges",
    "ProgrammeBenefitsEdgesNode",
    "ProgrammeBenefitsEdgesNodeLabel",
    "ProgrammeBenefitsEdgesNodeOrdinaryRoute",
    "ProgrammeScheme",
    "ProgrammeSchemeName",
    "QueueFilter",
    "RefusalCode",
    "SignIn",
    "SignInInput",
    "SignInSignInPlainRefusal",
    "SignInSignInPlainRefusalMessage",
    "SignInSignInSignInSuccess",
    "SignInSignInSignInSuccessSession",
    "SignInSignInTooManyTriesRefusal",
    "SignInSignInTooManyTriesRefusalMessage",
    "Upload",
]
