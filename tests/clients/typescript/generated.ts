/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The code that was sent for an attempt. */
export type ConfirmBindingInput = {
  /** The id of the attempt. */
  attempt: string;
  /** The code from the text message. */
  code: string;
};

/** The benefit that a pass is for. */
export type IssuePassInput = {
  /** The code of the benefit. */
  benefit: string;
};

/** What a line stands for. */
export type LineKind =
  /** Where everybody starts. */
  | 'BASE'
  /** Where a dimension starts. */
  | 'START'
  /** One record. */
  | 'RECORD'
  /** Takes back what records of one rule give beyond its limit. */
  | 'RULE_LIMIT'
  /** Takes back what is above a dimension's cap. */
  | 'DIMENSION_CAP'
  /** Gives back what is below a dimension's floor. */
  | 'DIMENSION_FLOOR'
  /** Takes back what is above the highest score. */
  | 'SCORE_CAP'
  /** Gives back what is below the lowest score. */
  | 'SCORE_FLOOR';

/** Who signs in from a mini-program. */
export type LogInInput = {
  /** What `wx.login` gave. */
  code: string;
};

/** Why a request was refused. Codes are stable; sentences may improve. */
export type RefusalCode =
  /** Please bind your identity or sign in, then try again. */
  | 'NOT_SIGNED_IN'
  /** Your session is over: renew it, or sign in again. */
  | 'EXPIRED'
  /** You are not allowed to do this. */
  | 'FORBIDDEN'
  /** This API key lacks the scope …. Ask the office for a key that has it. */
  | 'SCOPE_MISSING'
  /** Not found. Please check the number and try again. */
  | 'NOT_FOUND'
  /** The input is not usable: … */
  | 'BAD_INPUT'
  /** This has just changed; please reload and try again. */
  | 'CONFLICT'
  /** This idempotency key was used for another request; choose a new one. */
  | 'KEY_REUSED'
  /** This took too long. Please try again. */
  | 'TOO_SLOW'
  /** Too many requests; please try again in … seconds. */
  | 'TOO_MUCH'
  /** Only registered operations are accepted here; send the id of one. */
  | 'UNTRUSTED'
  /** Please give the full name on your ID document (2 to 50 letters, no digits). */
  | 'NAME_INVALID'
  /** That has … characters; it should have 18 (the last may be X). */
  | 'ID_LENGTH'
  /** The old 15-digit numbers are retired; please give the 18-digit number. */
  | 'ID_FIFTEEN'
  /** An ID number has only digits; the last character may be X. */
  | 'ID_CHARACTERS'
  /** The first two digits are no valid region; please compare with your document. */
  | 'ID_REGION'
  /** The birth date inside this number is not valid; please compare with your document. */
  | 'ID_BIRTH_DATE'
  /** The check digit does not fit: one digit may be mistyped. Please compare with your document. */
  | 'ID_CHECK_DIGIT'
  /** You can join from the age of 18. Until then every public service is open to you as before. */
  | 'UNDER_AGE'
  /** A mobile number has 11 digits and starts with 1, such as 13900001234. */
  | 'PHONE_INVALID'
  /** Binding starts from the public account or the mini-program. */
  | 'NO_CHANNEL'
  /** The consent text has a new version; please read it first. */
  | 'CONSENT_OUTDATED'
  /** Name, number and phone do not match the register together. Please compare with your document and your registered phone; if you have just moved, the register may lag a few days. */
  | 'REGISTER_MISMATCH'
  /** This account is bound already. To change the person, unlink first. */
  | 'ALREADY_BOUND'
  /** You are bound on another account already. Unlink there first, then bind here. */
  | 'SECOND_ACCOUNT'
  /** Too many tries; please try again in … minutes. */
  | 'TOO_MANY_TRIES'
  /** This was done many times today. Please try again tomorrow. */
  | 'DAILY_LIMIT'
  /** That code is not right; … tries left. Please look at the newest message. */
  | 'CODE_WRONG'
  /** The code has expired; reply “resend” for a new one. */
  | 'CODE_EXPIRED'
  /** You have not joined yet; please bind your identity first. */
  | 'NOT_ENROLLED'
  /** This item is not optional; to question a record, dispute it. */
  | 'NOT_OPTIONAL'
  /** This benefit is not open to you yet; the ordinary route is: … */
  | 'BENEFIT_NOT_OPEN'
  /** This record has no effect at present, so there is nothing to dispute. */
  | 'RECORD_NOT_DISPUTABLE'
  /** There is an open dispute about this record already (…); see its status. */
  | 'DISPUTE_OPEN'
  /** This dispute has ended and cannot be changed. */
  | 'DISPUTE_CLOSED'
  /** Disputes about this record were withdrawn … times; no other can be filed. Ask for a person if need be. */
  | 'DISPUTE_WITHDRAWN_OFTEN'
  /** The dispute about this record (…) was decided: it stands. Within 30 days you may appeal once. */
  | 'DISPUTE_DECIDED'
  /** The deadline has passed; this dispute is being decided in the citizen's favour. */
  | 'DEADLINE_PASSED'
  /** Please explain in your own words. */
  | 'WORDS_NEEDED'
  /** At most … characters; this has …. Please shorten it. */
  | 'WORDS_TOO_LONG'
  /** The template still has a gap to fill: … */
  | 'WORDS_UNFILLED'
  /** Nothing is asked about this dispute at present; see its status. */
  | 'NOTHING_ASKED'
  /** A deadline is extended once, and never past twenty days. */
  | 'EXTENDED_ALREADY'
  /** This cannot be appealed: only a decision that left the record standing, within 30 days, and once. */
  | 'NO_APPEAL'
  /** This dispute is not decided yet; the letter comes with the decision. */
  | 'NOT_DECIDED'
  /** The photo could not be fetched; the platform keeps it for three days. Please send it again. */
  | 'PHOTO_GONE'
  /** The photo could not be taken just now. Please send it again in a minute; nothing else is lost. */
  | 'PHOTO_NOT_NOW'
  /** A file may have 20 MB at most. Please send it smaller, or only the part that matters. */
  | 'PHOTO_TOO_LARGE'
  /** This file could not be read. Please send it as a photo (JPEG or PNG). */
  | 'PHOTO_NOT_READ'
  /** This file did not pass the security check and was not kept. Take a new photo, or send a screenshot. */
  | 'PHOTO_UNSAFE'
  /** A dispute may have … photos at most. */
  | 'TOO_MANY_PHOTOS'
  /** A colleague has this case already. */
  | 'CASE_TAKEN'
  /** Please claim this case first. */
  | 'CASE_NOT_HELD'
  /** Another person has to do this: … */
  | 'FOUR_EYES'
  /** What waits for approval is another outcome than the one you name. Please read it before you approve. */
  | 'OUTCOME_CHANGED'
  /** It is not on record who works as …, so this cannot be done yet. An administrator runs: egret staff person … */
  | 'PERSON_UNKNOWN'
  /** This record cannot be repaired now (…); earliest day: …. */
  | 'NOT_REPAIRABLE'
  /** This webhook is off; its events are kept. Ask the office to turn it on: what was kept is sent then. */
  | 'WEBHOOK_OFF'
  /** Signing in failed: the account, the password or the login code is not right; please try again. */
  | 'SIGN_IN_FAILED'
  /** Signing in does not work just now, for no fault of yours. Please try again in a minute. */
  | 'SIGN_IN_NOT_NOW';

/** An identity to bind to the account that asks. */
export type StartBindingInput = {
  /** The version of the text that the person agreed to. */
  consentVersion: string;
  /** The name as on the ID document. */
  name: string;
  /** The 18-digit ID number. */
  idNumber: string;
  /** The registered mobile phone. */
  phone: string;
};

export type BenefitsQueryVariables = Exact<{ [key: string]: never; }>;


export type BenefitsQuery = { me: { benefits: { edges: Array<{ node: { eligible: boolean, shortBy: number, benefit: { code: string, label: { zh: string }, ordinaryRoute: { zh: string } } } }> } | null } | null };

export type ConfirmBindingMutationVariables = Exact<{
  input: ConfirmBindingInput;
}>;


export type ConfirmBindingMutation = { confirmBinding:
    | { __typename: 'ConfirmBindingSuccess', maskedName: string, consentVersion: string }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'CodeWrongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type ConsentTextQueryVariables = Exact<{ [key: string]: never; }>;


export type ConsentTextQuery = { consentText: { version: string, summary: Array<{ zh: string }> } };

export type IssuePassMutationVariables = Exact<{
  input: IssuePassInput;
}>;


export type IssuePassMutation = { issuePass:
    | { __typename: 'IssuePassSuccess', pass: { code: string | null, expiresAt: string, benefit: { label: { zh: string } } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'BenefitNotOpenRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type LogInMutationVariables = Exact<{
  input: LogInInput;
}>;


export type LogInMutation = { logIn:
    | { __typename: 'LogInSuccess', session: { token: string, expiresAt: string } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'NotNowRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

type Refused_BenefitNotOpenRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_CodeWrongRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_DisputeDecidedRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_DisputeOpenRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_NotNowRefusal_Fragment = { retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_NotRepairableRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_PlainRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_TooManyPhotosRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_TooManyTriesRefusal_Fragment = { retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_WordsTooLongRefusal_Fragment = { refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

export type RefusedFragment =
  | Refused_BenefitNotOpenRefusal_Fragment
  | Refused_CodeWrongRefusal_Fragment
  | Refused_DisputeDecidedRefusal_Fragment
  | Refused_DisputeOpenRefusal_Fragment
  | Refused_NotNowRefusal_Fragment
  | Refused_NotRepairableRefusal_Fragment
  | Refused_PlainRefusal_Fragment
  | Refused_TooManyPhotosRefusal_Fragment
  | Refused_TooManyTriesRefusal_Fragment
  | Refused_WordsTooLongRefusal_Fragment
;

export type ScoreQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ScoreQuery = { me: { maskedName: string, score: { value: number, lowest: number, highest: number, asOf: string, band: { label: { zh: string } }, dimensions: Array<{ code: string, value: number, floor: number, cap: number, label: { zh: string } }>, lines: { edges: Array<{ node: { position: number, kind: LineKind, points: number, legalBasis: string | null, expiresOn: string | null, label: { zh: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } } | null };

export type StartBindingMutationVariables = Exact<{
  input: StartBindingInput;
}>;


export type StartBindingMutation = { startBinding:
    | { __typename: 'StartBindingSuccess', attempt: { id: string, maskedPhone: string, expiresAt: string } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
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
  refusalCode
  message {
    text
  }
  inputField
  ... on TooManyTriesRefusal {
    retryAfter
  }
  ... on NotNowRefusal {
    retryAfter
  }
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
    mutation ConfirmBinding($input: ConfirmBindingInput!) {
  confirmBinding(input: $input) {
    __typename
    ... on ConfirmBindingSuccess {
      maskedName
      consentVersion
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  refusalCode
  message {
    text
  }
  inputField
  ... on TooManyTriesRefusal {
    retryAfter
  }
  ... on NotNowRefusal {
    retryAfter
  }
}`) as unknown as TypedDocumentString<ConfirmBindingMutation, ConfirmBindingMutationVariables>;
export const ConsentTextDocument = new TypedDocumentString(`
    query ConsentText {
  consentText {
    version
    summary {
      zh
    }
  }
}
    `) as unknown as TypedDocumentString<ConsentTextQuery, ConsentTextQueryVariables>;
export const IssuePassDocument = new TypedDocumentString(`
    mutation IssuePass($input: IssuePassInput!) {
  issuePass(input: $input) {
    __typename
    ... on IssuePassSuccess {
      pass {
        code
        expiresAt
        benefit {
          label {
            zh
          }
        }
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  refusalCode
  message {
    text
  }
  inputField
  ... on TooManyTriesRefusal {
    retryAfter
  }
  ... on NotNowRefusal {
    retryAfter
  }
}`) as unknown as TypedDocumentString<IssuePassMutation, IssuePassMutationVariables>;
export const LogInDocument = new TypedDocumentString(`
    mutation LogIn($input: LogInInput!) {
  logIn(input: $input) {
    __typename
    ... on LogInSuccess {
      session {
        token
        expiresAt
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  refusalCode
  message {
    text
  }
  inputField
  ... on TooManyTriesRefusal {
    retryAfter
  }
  ... on NotNowRefusal {
    retryAfter
  }
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
            position
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
    ... on StartBindingSuccess {
      attempt {
        id
        maskedPhone
        expiresAt
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  refusalCode
  message {
    text
  }
  inputField
  ... on TooManyTriesRefusal {
    retryAfter
  }
  ... on NotNowRefusal {
    retryAfter
  }
}`) as unknown as TypedDocumentString<StartBindingMutation, StartBindingMutationVariables>;