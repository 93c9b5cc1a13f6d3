/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What a line stands for. */
export type LineKind =
  | 'BASE'
  | 'START'
  | 'RECORD'
  | 'RULE_LIMIT'
  | 'DIMENSION_CAP'
  | 'DIMENSION_FLOOR'
  | 'SCORE_CAP'
  | 'SCORE_FLOOR';

/** Why a request was refused. Codes are stable; sentences may improve. */
export type RefusalCode =
  | 'NOT_SIGNED_IN'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_INPUT'
  | 'CONFLICT'
  | 'KEY_REUSED'
  | 'NAME_INVALID'
  | 'ID_LENGTH'
  | 'ID_FIFTEEN'
  | 'ID_CHARACTERS'
  | 'ID_REGION'
  | 'ID_BIRTH_DATE'
  | 'ID_CHECK_DIGIT'
  | 'UNDER_AGE'
  | 'PHONE_INVALID'
  | 'NO_CHANNEL'
  | 'CONSENT_OUTDATED'
  | 'REGISTER_MISMATCH'
  | 'ALREADY_BOUND'
  | 'SECOND_ACCOUNT'
  | 'TOO_MANY_TRIES'
  | 'CODE_WRONG'
  | 'CODE_EXPIRED'
  | 'NOT_ENROLLED'
  | 'NOT_OPTIONAL'
  | 'BENEFIT_NOT_OPEN'
  | 'RECORD_NOT_DISPUTABLE'
  | 'DISPUTE_OPEN'
  | 'DISPUTE_CLOSED'
  | 'DISPUTE_WITHDRAWN_OFTEN'
  | 'DISPUTE_DECIDED'
  | 'DEADLINE_PASSED'
  | 'WORDS_NEEDED'
  | 'WORDS_TOO_LONG'
  | 'WORDS_UNFILLED'
  | 'NOTHING_ASKED'
  | 'EXTENDED_ALREADY'
  | 'NO_APPEAL'
  | 'NOT_DECIDED'
  | 'PHOTO_GONE'
  | 'PHOTO_NOT_NOW'
  | 'PHOTO_TOO_LARGE'
  | 'PHOTO_NOT_READ'
  | 'TOO_MANY_PHOTOS'
  | 'CASE_TAKEN'
  | 'CASE_NOT_HELD'
  | 'FOUR_EYES'
  | 'NOT_REPAIRABLE'
  | 'SIGN_IN_FAILED';

/** An identity to bind to the account that asks. */
export type StartBindingInput = {
  consentVersion: string;
  name: string;
  idNumber: string;
  phone: string;
};

export type BenefitsQueryVariables = Exact<{ [key: string]: never; }>;


export type BenefitsQuery = { me: { benefits: { edges: Array<{ node: { eligible: boolean, shortBy: number, benefit: { code: string, label: { zh: string }, ordinaryRoute: { zh: string } } } }> } } | null };

export type ConfirmBindingMutationVariables = Exact<{
  attempt: string;
  code: string;
}>;


export type ConfirmBindingMutation = { confirmBinding:
    | { __typename: 'BindingConfirmed', maskedName: string, consentVersion: string }
    | { __typename: 'Refusal', code: RefusalCode, field: string | null, retryAfter: number | null, message: { zh: string, en: string } }
   };

export type ConsentTextQueryVariables = Exact<{ [key: string]: never; }>;


export type ConsentTextQuery = { consentText: { version: string, points: Array<{ zh: string }> } };

export type IssuePassMutationVariables = Exact<{
  benefit: string;
}>;


export type IssuePassMutation = { issuePass:
    | { __typename: 'Pass', expiresAt: string, passCode: string | null, benefit: { label: { zh: string } } }
    | { __typename: 'Refusal', code: RefusalCode, field: string | null, retryAfter: number | null, message: { zh: string, en: string } }
   };

export type LogInMutationVariables = Exact<{
  code: string;
}>;


export type LogInMutation = { logIn:
    | { __typename: 'Session', token: string, expiresAt: string }
    | { __typename: 'Refusal', code: RefusalCode, field: string | null, retryAfter: number | null, message: { zh: string, en: string } }
   };

export type RefusedFragment = { code: RefusalCode, field: string | null, retryAfter: number | null, message: { zh: string, en: string } };

export type ScoreQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ScoreQuery = { me: { maskedName: string, score: { value: number, lowest: number, highest: number, asOf: string, band: { label: { zh: string } }, dimensions: Array<{ code: string, value: number, floor: number, cap: number, label: { zh: string } }>, lines: { edges: Array<{ node: { number: number, kind: LineKind, points: number, legalBasis: string | null, expiresOn: string | null, label: { zh: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } } | null };

export type StartBindingMutationVariables = Exact<{
  input: StartBindingInput;
}>;


export type StartBindingMutation = { startBinding:
    | { __typename: 'BindingStarted', attempt: string, maskedPhone: string, expiresAt: string }
    | { __typename: 'Refusal', code: RefusalCode, field: string | null, retryAfter: number | null, message: { zh: string, en: string } }
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const RefusedFragmentDoc = new TypedDocumentString(`
    fragment Refused on Refusal {
  code
  message {
    zh
    en
  }
  field
  retryAfter
}
    `, {"fragmentName":"Refused"}) as unknown as TypedDocumentString<RefusedFragment, unknown>;
export const BenefitsDocument = new TypedDocumentString(`
    query Benefits {
  me {
    benefits {
      edges {
        node {
          eligible
          shortBy
          benefit {
            code
            label {
              zh
            }
            ordinaryRoute {
              zh
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BenefitsQuery, BenefitsQueryVariables>;
export const ConfirmBindingDocument = new TypedDocumentString(`
    mutation ConfirmBinding($attempt: ID!, $code: String!) {
  confirmBinding(attempt: $attempt, code: $code) {
    __typename
    ... on BindingConfirmed {
      maskedName
      consentVersion
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  code
  message {
    zh
    en
  }
  field
  retryAfter
}`) as unknown as TypedDocumentString<ConfirmBindingMutation, ConfirmBindingMutationVariables>;
export const ConsentTextDocument = new TypedDocumentString(`
    query ConsentText {
  consentText {
    version
    points {
      zh
    }
  }
}
    `) as unknown as TypedDocumentString<ConsentTextQuery, ConsentTextQueryVariables>;
export const IssuePassDocument = new TypedDocumentString(`
    mutation IssuePass($benefit: String!) {
  issuePass(benefit: $benefit) {
    __typename
    ... on Pass {
      passCode: code
      expiresAt
      benefit {
        label {
          zh
        }
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  code
  message {
    zh
    en
  }
  field
  retryAfter
}`) as unknown as TypedDocumentString<IssuePassMutation, IssuePassMutationVariables>;
export const LogInDocument = new TypedDocumentString(`
    mutation LogIn($code: String!) {
  logIn(code: $code) {
    __typename
    ... on Session {
      token
      expiresAt
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  code
  message {
    zh
    en
  }
  field
  retryAfter
}`) as unknown as TypedDocumentString<LogInMutation, LogInMutationVariables>;
export const ScoreDocument = new TypedDocumentString(`
    query Score($first: Int!, $after: String) {
  me {
    maskedName
    score {
      value
      lowest
      highest
      asOf
      band {
        label {
          zh
        }
      }
      dimensions {
        code
        label {
          zh
        }
        value
        floor
        cap
      }
      lines(first: $first, after: $after) {
        edges {
          node {
            number
            kind
            label {
              zh
            }
            points
            legalBasis
            expiresOn
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
    `) as unknown as TypedDocumentString<ScoreQuery, ScoreQueryVariables>;
export const StartBindingDocument = new TypedDocumentString(`
    mutation StartBinding($input: StartBindingInput!) {
  startBinding(input: $input) {
    __typename
    ... on BindingStarted {
      attempt
      maskedPhone
      expiresAt
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  code
  message {
    zh
    en
  }
  field
  retryAfter
}`) as unknown as TypedDocumentString<StartBindingMutation, StartBindingMutationVariables>;