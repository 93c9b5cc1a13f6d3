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
from .enums import DisputeState, QueueFilter, RefusalCode
from .exceptions import (
    GraphQLClientError,
    GraphQLClientGraphQLError,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    GraphQLClientInvalidResponseError,
)
from .programme import (
    Programme,
    ProgrammeBenefits,
    ProgrammeBenefitsEdges,
    ProgrammeBenefitsEdgesNode,
    ProgrammeBenefitsEdgesNodeLabel,
    ProgrammeBenefitsEdgesNodeOrdinaryRoute,
    ProgrammeScheme,
    ProgrammeSchemeVersion,
    ProgrammeSchemeVersionName,
)
from .sign_in import (
    SignIn,
    SignInSignInRefusal,
    SignInSignInRefusalMessage,
    SignInSignInSession,
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
    "Programme",
    "ProgrammeBenefits",
    "ProgrammeBenefitsEdges",
    "ProgrammeBenefitsEdgesNode",
    "ProgrammeBenefitsEdgesNodeLabel",
    "ProgrammeBenefitsEdgesNodeOrdinaryRoute",
    "ProgrammeScheme",
    "ProgrammeSchemeVersion",
    "ProgrammeSchemeVersionName",
    "QueueFilter",
    "RefusalCode",
    "SignIn",
    "SignInSignInRefusal",
    "SignInSignInRefusalMessage",
    "SignInSignInSession",
    "Upload",
]
