/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
interface DocumentTypeDecoration<TResult, TVariables> {
  __apiType?: (variables: TVariables) => TResult;
}
/** What was looked at, or done with it. */
export type AccessAction =
  /** The score or the records were looked at. */
  | 'SCORE_VIEWED'
  /** A pass was used at a partner. */
  | 'PASS_USED'
  /** A search of the desk found a case. */
  | 'CASE_SEARCHED'
  /** The desk looked at a case. */
  | 'CASE_VIEWED'
  /** The written answer was read. */
  | 'LETTER_READ'
  /** The reporting entity read a question. */
  | 'INQUIRY_READ'
  /** The reporting entity, or the desk, read an application for repair. */
  | 'REPAIR_READ'
  /** A copy of everything was asked for. */
  | 'DATA_EXPORTED'
  /** That copy was read. */
  | 'DATA_READ'
  /** The citizen was moved to another account. */
  | 'ACCOUNT_MOVED'
  /** Such a move was taken back. */
  | 'ACCOUNT_RESTORED'
  /** The desk looked at a question about who the citizen is. */
  | 'CHECK_VIEWED'
  /** The desk looked at a notice that had reached the citizen by no way, to tell it by letter or call. */
  | 'NOTICE_VIEWED';

/** A decision to have looked at again. */
export type AppealDisputeInput = {
  /** Its global id. */
  id: string;
  /** Why, in the citizen's own words. */
  words: string;
};

/** A record to have repaired, the day its demand was met, and the proof. */
export type ApplyForRepairInput = {
  /** The record. */
  recordId: string;
  /** The day on which what it demanded was done. */
  doneOn: string;
  /** What was done, in the citizen's own words. */
  words: string;
  /** Photos of the proof. */
  evidence?: Array<string>;
};

/** Why an assessment was made. */
export type AssessmentCause =
  /** A new day. */
  | 'DAY'
  /** Records came, went or changed. */
  | 'RECORDS'
  /** A dispute was filed, withdrawn or decided. */
  | 'DISPUTE'
  /** The citizen joined, or agreed to a newer text. */
  | 'ENROLMENT'
  /** The citizen switched an optional item. */
  | 'CHOICE';

/** The code that was sent for an attempt. */
export type ConfirmBindingInput = {
  /** The id of the attempt. */
  attempt: string;
  /** The code from the text message. */
  code: string;
};

/** An optional item to switch. */
export type DeclineItemInput = {
  /** The code of the rule. */
  rule: string;
  /** True switches it off, false on again. */
  declined: boolean;
};

/** How a dispute ends. `unverifiable` counts for the citizen. */
export type Determination =
  /** The record was wrong and is put right. */
  | 'CORRECTED'
  /** The record was wrong and is gone. */
  | 'DELETED'
  /** The record is right and counts again. */
  | 'UPHELD'
  /** No one could show that it is right: it is gone, as if it had been wrong. */
  | 'UNVERIFIABLE'
  /** The source will deliver the record that is missing. */
  | 'TO_BE_DELIVERED'
  /** The source delivered the record that was missing. */
  | 'DELIVERED'
  /** No record was found that should be delivered. */
  | 'NOT_FOUND'
  /** The citizen was right; it was put right. */
  | 'REMEDIED'
  /** It was looked into, and there was no error. */
  | 'NO_ERROR_FOUND'
  /** A low rating was answered. */
  | 'ANSWERED'
  /** A rating was received. */
  | 'ACKNOWLEDGED'
  /** No one answered in time, the supervisor neither. */
  | 'UNANSWERED';

/** What was done to a dispute. */
export type DisputeAction =
  /** The citizen filed it. */
  | 'FILE'
  /** The citizen left. */
  | 'LEAVE'
  /** A person of the desk took the case. */
  | 'CLAIM'
  /** Its holder gave it back. */
  | 'RELEASE'
  /** Its holder proposed how it ends. */
  | 'PROPOSE'
  /** A second person approved. */
  | 'APPROVE'
  /** A second person sent it back. */
  | 'RETURN'
  /** The desk asked the citizen. */
  | 'ASK'
  /** The citizen answered. */
  | 'SUPPLY'
  /** The desk asked the reporting entity. */
  | 'ASK_SOURCE'
  /** The reporting entity answered. */
  | 'ANSWER'
  /** The deadline was extended. */
  | 'EXTEND'
  /** Another person took the case from its holder. */
  | 'TAKE_OVER'
  /** It was closed as no dispute. */
  | 'REJECT'
  /** The citizen had it looked at again. */
  | 'APPEAL'
  /** The citizen took it back. */
  | 'WITHDRAW'
  /** No one answered in time: a record is decided for the citizen, anything else ends unanswered. */
  | 'LAPSE'
  /** The source took its record back, or it was repaired. */
  | 'SETTLE'
  /** Staff said more exactly what is wrong. */
  | 'REFINE'
  /** No one answered in time: a supervisor has it. */
  | 'ESCALATE'
  /** A rating was received. */
  | 'ACKNOWLEDGE'
  /** Its holder took the proposal back. */
  | 'RETRACT';

/** What is wrong with a record: citizens choose one of five, staff refine it. */
export type DisputeReason =
  /** It is about someone else. */
  | 'NOT_MINE'
  /** It did not happen like that. */
  | 'WRONG_FACTS'
  /** It was paid or done. */
  | 'ALREADY_FULFILLED'
  /** It is there twice. */
  | 'DUPLICATE'
  /** It is too old to count. */
  | 'EXPIRED'
  /** The date or the points are wrong. */
  | 'WRONG_DATE_OR_POINTS'
  /** Something else. */
  | 'OTHER'
  /** It is of another kind than the record says. */
  | 'WRONG_RECORD_TYPE'
  /** The authority took its decision back. */
  | 'SOURCE_REVOKED'
  /** Someone used the citizen's identity. */
  | 'IDENTITY_THEFT'
  /** It should not be here any more: it is there twice, too old, or taken back. */
  | 'DUPLICATE_OR_EXPIRED';

/** Who acts on a dispute, by role and never by name. */
export type DisputeRole =
  /** The citizen. */
  | 'CITIZEN'
  /** The reporting entity. */
  | 'SOURCE'
  /** A person of the desk. */
  | 'AGENT'
  /** The person who holds the case. */
  | 'HOLDER'
  /** A second person. */
  | 'APPROVER'
  /** Time. */
  | 'CLOCK';

/** Where a dispute stands. */
export type DisputeState =
  /** Filed; no one has taken it yet. */
  | 'SUBMITTED'
  /** Someone is looking into it. */
  | 'UNDER_REVIEW'
  /** The citizen was asked something. */
  | 'AWAITING_CITIZEN'
  /** The source was asked something. */
  | 'AWAITING_SOURCE'
  /** A decision is proposed and waits for a second person. */
  | 'PROPOSED'
  /** Decided. */
  | 'RESOLVED'
  /** Taken back by the citizen. */
  | 'WITHDRAWN'
  /** Not taken up, with reasons; this can be appealed. */
  | 'REJECTED';

/** A consent text to agree to. */
export type GrantConsentInput = {
  /** The version of the text. */
  version: string;
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

/** Notices that were shown to their person. */
export type MarkNoticesReadInput = {
  /** Their ids; those of other people are left as they are. */
  ids: Array<string>;
};

/** An attempt whose code was right, of a citizen who is bound on another account. */
export type MoveAccountInput = {
  /** The attempt that `confirmBinding` refused with SECOND_ACCOUNT. */
  attempt: string;
};

/** A dispute to file. */
export type OpenDisputeInput = {
  /** The record. */
  recordId: string;
  /** What is wrong with it. */
  reason: DisputeReason;
  /** In your own words, at most 500 characters. */
  words: string;
  /** Ids of photos and pages, at most ten. */
  evidence?: Array<string>;
};

/** Where a pass stands. */
export type PassState =
  /** Can be used now. */
  | 'ACTIVE'
  /** Was used. */
  | 'USED'
  /** Was not used in time. */
  | 'EXPIRED';

/** The kinds of those who ask. */
export type PrincipalKind =
  /** Someone who is not signed in, or whose account is not bound. */
  | 'ANONYMOUS'
  /** A citizen who takes part. */
  | 'CITIZEN'
  /** A person of the desk. */
  | 'AGENT'
  /** A person of the desk who approves what others propose. */
  | 'APPROVER'
  /** A person who looks after schemes and sources. */
  | 'STEWARD'
  /** A person who audits, and changes nothing. */
  | 'AUDITOR'
  /** A partner, by its key. */
  | 'PARTNER'
  /** A reporting entity, by its key. */
  | 'SOURCE'
  /** The operator of the installation. */
  | 'OPERATOR'
  /** Time. */
  | 'CLOCK';

/** Why a request was refused. Codes are stable; sentences may improve. */
export type RefusalCode =
  /** Please link your identity or sign in, then try again. */
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
  /** This is the number of an old permanent residence card. Please renew it at the exit and entry administration and use the 18-character number of the new card, which begins with 9. No public service depends on it. */
  | 'ID_PERMANENT_RESIDENCE'
  /** The first two digits are no valid region; please compare with your document. */
  | 'ID_REGION'
  /** The nationality inside this number (digits 4 to 6) is not valid; please compare with your document. */
  | 'ID_NATIONALITY'
  /** The birth date inside this number is not valid; please compare with your document. */
  | 'ID_BIRTH_DATE'
  /** One digit of this number seems to be mistyped; please compare it with your ID card. */
  | 'ID_CHECK_DIGIT'
  /** You can join from the age of 18. Until then every public service is open to you as before. */
  | 'UNDER_AGE'
  /** A mobile number has 11 digits and starts with 1, such as 13900001234. */
  | 'PHONE_INVALID'
  /** Linking starts from the public account, the mini-program or a sign-in service. */
  | 'NO_CHANNEL'
  /** The consent text has a new version; please read it first. */
  | 'CONSENT_OUTDATED'
  /** Name, ID number and phone do not match. Please check: 1. the name is as on your ID document; 2. the phone is registered in your name (a new number: have it entered at the register's office or the service counter, with your document); 3. a changed name is entered at the register's office. If you have just moved here or the entry is new, please try again in a few days. */
  | 'REGISTER_MISMATCH'
  /** The register of residents cannot be asked right now, so you cannot link yet. Please try again later; nothing is wrong with what you entered. */
  | 'REGISTER_NOT_NOW'
  /** The register gives this number to more than one person, so it cannot be linked online; our staff have been asked to look at it. Please have it checked at the register's office with your ID document; until then no one can link with it. */
  | 'NUMBER_SHARED'
  /** According to the register you are no longer registered in this city, so you cannot link now. If that is wrong, please have it corrected at the register's office with your ID document; once it is, you can link. */
  | 'RESIDENCE_ENDED'
  /** The register of residents says something else of you than before, so your score is paused. You still see your records (“details”) and can dispute them (“dispute”). If the register is wrong, reply “register wrong”: the score is computed again at once, and a person checks. */
  | 'SCORE_PAUSED'
  /** You paused your score. You still see your records (“details”) and can dispute them (“dispute”). To have it computed again, reply “resume score”. */
  | 'PAUSED_BY_YOU'
  /** You chose to see your records only, so no score is computed. You see them (“details”) and can dispute them (“dispute”). To take part, reply “take part”. */
  | 'LOOK_ONLY'
  /** Your score is not paused because of the register; there is nothing to object to. */
  | 'NOTHING_PAUSED'
  /** This account is linked already. To change the person, unlink first. */
  | 'ALREADY_BOUND'
  /** You are linked on another account already. You can move here, even if the old account no longer works. */
  | 'SECOND_ACCOUNT'
  /** Too many tries; please try again in … minutes. */
  | 'TOO_MANY_TRIES'
  /** This was done many times today. Please try again tomorrow. */
  | 'DAILY_LIMIT'
  /** That code is not right; … tries left. Please look at the newest message. */
  | 'CODE_WRONG'
  /** Please enter the 6 digits of the text message, such as 482913. This costs no try. */
  | 'CODE_UNREADABLE'
  /** The code has expired; reply “resend” for a new one. */
  | 'CODE_EXPIRED'
  /** You have not joined yet; please link your identity first. */
  | 'NOT_ENROLLED'
  /** This item is not optional; to question a record, dispute it. */
  | 'NOT_OPTIONAL'
  /** This benefit is not open to you yet; the ordinary route is: … */
  | 'BENEFIT_NOT_OPEN'
  /** A dispute about this record is being handled already (…); reply [status]. */
  | 'DISPUTE_OPEN'
  /** This dispute has ended and cannot be changed. */
  | 'DISPUTE_CLOSED'
  /** Disputes about this record were withdrawn … times; no other can be filed. Ask for a person if need be. */
  | 'DISPUTE_WITHDRAWN_OFTEN'
  /** The dispute about this record (…) was answered, and the record has not changed since. Within the time that the letter names you may appeal once, to other people; once the record changes, you can dispute it again. */
  | 'DISPUTE_DECIDED'
  /** You have filed about this already and it is being looked into (…); see its status. */
  | 'COMPLAINT_OPEN'
  /** You have … open ones of this kind already. Please wait until one is answered, or add to one of them. */
  | 'COMPLAINTS_TOO_MANY'
  /** You have rated this already, thank you. If something is still wrong, ask for a person. */
  | 'RATED_ALREADY'
  /** Please give a day that is today or before, at most six years ago. */
  | 'DAY_NOT_PAST'
  /** A case of this kind cannot be handled like that; choose one of the ways that its page lists. */
  | 'NOT_FOR_TOPIC'
  /** The deadline has passed: a dispute about a record is decided in the citizen's favour, any other goes to a supervisor. */
  | 'DEADLINE_PASSED'
  /** Please explain in your own words. */
  | 'WORDS_NEEDED'
  /** At most … characters; this has …. Please shorten it. */
  | 'WORDS_TOO_LONG'
  /** The template still has a gap to fill: … */
  | 'WORDS_UNFILLED'
  /** Nothing is asked about this dispute at present; reply [status]. */
  | 'NOTHING_ASKED'
  /** A deadline is extended once, and never past twenty days. */
  | 'EXTENDED_ALREADY'
  /** This cannot be appealed: only an answer that left the record standing, within 30 days, and once. */
  | 'NO_APPEAL'
  /** This dispute is not decided yet; the letter comes with the decision. */
  | 'NOT_DECIDED'
  /** The photo could not be fetched; the platform keeps it for three days. Please send it again. */
  | 'PHOTO_GONE'
  /** The photo could not be taken just now. Please send it again in a minute; nothing else is lost. */
  | 'PHOTO_NOT_NOW'
  /** A file may have 20 MB at most. Please send it smaller, or only the part that matters. */
  | 'PHOTO_TOO_LARGE'
  /** This photo cannot be opened. Please take it again (JPG, PNG or WebP) and send it. */
  | 'PHOTO_NOT_READ'
  /** This file did not pass the security check and was not kept. Take a new photo, or send a screenshot. */
  | 'PHOTO_UNSAFE'
  /** You may give … photos at most. */
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
  /** This record cannot be repaired now: …. Earliest day: …. */
  | 'NOT_REPAIRABLE'
  /** An application to repair this record (…) is being handled already; see its status. */
  | 'REPAIR_OPEN'
  /** This application for repair has ended and cannot be changed. */
  | 'REPAIR_CLOSED'
  /** You have applied for the repair of this record … times here. Please go to the office that made the decision; what it does shows here by itself. */
  | 'REPAIR_APPLIED_OFTEN'
  /** This webhook is off; its events are kept. Ask the office to turn it on: what was kept is sent then. */
  | 'WEBHOOK_OFF'
  /** Signing in failed: the account, the password or the login code is not right; please try again. */
  | 'SIGN_IN_FAILED'
  /** Signing in does not work just now, for no fault of yours. Please try again in a minute. */
  | 'SIGN_IN_NOT_NOW'
  /** Someone joined with this number under another name, so it cannot be linked at once. Our staff will check it: please come to the service counter with your ID document, and link again after that. */
  | 'NAME_CHANGED'
  /** Your account has just been moved. As a safeguard you cannot get passes or leave until …; everything else works as before. */
  | 'HELD'
  /** The last move was reported as not made by its citizen, so no account can be linked until …. To have that lifted earlier, please come to the service counter with your ID document. */
  | 'FROZEN'
  /** No one was moved away from this account in the last seven days, so there is nothing to undo. If in doubt, ask for a person. */
  | 'NOTHING_MOVED'
  /** This look was your own or the system's, so there is no one to ask. You can ask about any look by someone else. */
  | 'LOOK_NOT_ASKABLE';

/** A session to renew. */
export type RenewSessionInput = {
  /** The newest refresh token of the sign-in. */
  refreshToken: string;
};

/** What can be done about a record's repair today. */
export type RepairOutlook =
  /** It can be applied for. */
  | 'NOW'
  /** From a later day on. */
  | 'LATER'
  /** Not at all. */
  | 'NEVER'
  /** An application is open. */
  | 'APPLIED';

/** Where an application for repair stands. */
export type RepairState =
  /** It waits for its source. */
  | 'APPLIED'
  /** The desk wrote a consent down, which waits for a second person. */
  | 'PROPOSED'
  /** It was not answered in time, and still can be. */
  | 'LAPSED'
  /** The record is repaired. */
  | 'ACCEPTED'
  /** The source does not consent. */
  | 'REFUSED'
  /** The citizen took it back. */
  | 'WITHDRAWN'
  /** The record left the score in another way. */
  | 'CLOSED';

/** An attempt to send a new code for. */
export type ResendCodeInput = {
  /** The id of the attempt. */
  attempt: string;
};

/** What to choose about notices, as a whole. */
export type SetNoticeChoicesInput = {
  /** The kinds that you do not want; those that the law wants told are refused. */
  off: Array<string>;
  /** The hour from which nothing comes that may wait. */
  quietFrom: number;
  /** The hour until which nothing comes that may wait; the same as `quietFrom` for none. */
  quietUntil: number;
  /** Whether what may wait comes in one message a day. */
  digest: boolean;
};

/** An identity to bind to the account that asks. */
export type StartBindingInput = {
  /** The version of the text that the person agreed to. */
  consentVersion: string;
  /** The name as on the ID document; not looked at where `verifiedIdentity` has it. */
  name?: string | null | undefined;
  /** The 18-digit ID number; not looked at where `verifiedIdentity` has it. */
  idNumber?: string | null | undefined;
  /** The registered mobile phone. */
  phone: string;
};

/** One step of a what-if: give exactly one of the fields. */
export type StepInput =
  {   /** This record is put right. */
  settle: string; annul?: never; earn?: never; waitUntil?: never; }
  |  { settle?: never;   /** This record turns out to be wrong. */
  annul: string; earn?: never; waitUntil?: never; }
  |  { settle?: never; annul?: never;   /** Something new happens, by the code of its rule. */
  earn: string; waitUntil?: never; }
  |  { settle?: never; annul?: never; earn?: never;   /** Nothing happens until this day. */
  waitUntil: string; };

/** A kind of step. */
export type StepKind =
  /** Put a notice right before it counts. */
  | 'SETTLE'
  /** Do something that counts. */
  | 'EARN';

/** An answer to the desk's question. */
export type SupplyDisputeInput = {
  /** Its global id. */
  id: string;
  /** The answer in the citizen's own words. */
  words: string;
  /** Ids of photos that were kept. */
  evidence?: Array<string>;
};

/** A dispute to take back. */
export type WithdrawDisputeInput = {
  /** Its global id. */
  id: string;
};

/** An application to take back. */
export type WithdrawRepairInput = {
  /** Its global id. */
  id: string;
};

/** Why a record does not count on that day. */
export type WithheldReason =
  /** A dispute is open. */
  | 'DISPUTED'
  /** It is too old to count. */
  | 'EXPIRED'
  /** There is still time to put it right. */
  | 'NOTICE_NOT_DUE'
  /** It was put right in time. */
  | 'CURED'
  /** The citizen switched it off. */
  | 'OPTED_OUT'
  /** It is not final: not decided, not issued or not confirmed for good. */
  | 'NOT_FINAL'
  /** It was reported after that day. */
  | 'NOT_YET_REPORTED'
  /** The catalogue in force no longer has its rule. */
  | 'RULE_UNKNOWN'
  /** It was done before the eighteenth birthday; it never counts. */
  | 'BEFORE_EIGHTEEN'
  /** The law seals it; it never counts, and says nothing of what it is. */
  | 'SEALED'
  /** Another body reported the same event, which counts once. */
  | 'SAME_EVENT';

export type AccessLogQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type AccessLogQuery = { me: { accessLog: { edges: Array<{ node: { at: string, role: PrincipalKind, action: AccessAction, why: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type AppealDisputeMutationVariables = Exact<{
  input: AppealDisputeInput;
}>;


export type AppealDisputeMutation = { appealDispute:
    | { __typename: 'AppealDisputeSuccess', dispute: { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } }, citizen: { id: string, score: { id: string, value: number } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'WordsTooLongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type ApplyForRepairMutationVariables = Exact<{
  input: ApplyForRepairInput;
}>;


export type ApplyForRepairMutation = { applyForRepair:
    | { __typename: 'ApplyForRepairSuccess', repair: { number: string, dueOn: string } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'NotRepairableRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'WordsTooLongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyPhotosRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type BenefitsQueryVariables = Exact<{ [key: string]: never; }>;


export type BenefitsQuery = { me: { benefits: { edges: Array<{ node: { eligible: boolean, shortBy: number, benefit: { code: string, least: number, label: { text: string }, partner: { text: string }, terms: { text: string }, ordinaryRoute: { text: string } } } }> } | null, passes: { edges: Array<{ node: { id: string, code: string | null, state: PassState, issuedAt: string, expiresAt: string, usedAt: string | null, benefit: { code: string, label: { text: string }, partner: { text: string }, terms: { text: string } } } }> } | null } | null };

export type ConfirmBindingMutationVariables = Exact<{
  input: ConfirmBindingInput;
}>;


export type ConfirmBindingMutation = { confirmBinding:
    | { __typename: 'ConfirmBindingSuccess', maskedName: string, consentVersion: string }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'CodeWrongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'SecondAccountRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type ConsentTextQueryVariables = Exact<{ [key: string]: never; }>;


export type ConsentTextQuery = { consentText: { version: string, summary: Array<{ text: string }>, full: { text: string } }, scheme: { name: { text: string } } };

export type DeclineItemMutationVariables = Exact<{
  input: DeclineItemInput;
}>;


export type DeclineItemMutation = { declineItem:
    | { __typename: 'DeclineItemSuccess', optionalItem: { declined: boolean }, citizen: { score: { id: string, value: number } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type DisputeQueryVariables = Exact<{
  id: string;
}>;


export type DisputeQuery = { node:
    | { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } }
    | Record<PropertyKey, never>
   | null, disputeLimits: { mostCharacters: number, mostPhotos: number } };

export type DisputeChangedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type DisputeChangedSubscription = { disputeChanged: { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } } };

export type DisputeRowFragment = { id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, subject: { text: string }, source: { label: { text: string } } };

export type DisputeWholeFragment = { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } };

export type DisputesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type DisputesQuery = { me: { disputes: { totalCount: number, edges: Array<{ node: { id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, subject: { text: string }, source: { label: { text: string } } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type ExportMyDataMutationVariables = Exact<{ [key: string]: never; }>;


export type ExportMyDataMutation = { exportMyData:
    | { __typename: 'ExportMyDataSuccess', address: { url: string, expiresAt: string } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type GrantConsentMutationVariables = Exact<{
  input: GrantConsentInput;
}>;


export type GrantConsentMutation = { grantConsent:
    | { __typename: 'GrantConsentSuccess', enrolment: { consentVersion: string, consentCurrent: boolean } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type HistoryQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type HistoryQuery = { me: { history: { edges: Array<{ node: { at: string, asOf: string, value: number, cause: AssessmentCause, band: { label: { text: string } }, reasons: Array<{ points: number, count: number, label: { text: string } }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type IssuePassMutationVariables = Exact<{
  input: IssuePassInput;
}>;


export type IssuePassMutation = { issuePass:
    | { __typename: 'IssuePassSuccess', pass: { id: string, code: string | null, state: PassState, issuedAt: string, expiresAt: string, usedAt: string | null, benefit: { code: string, label: { text: string }, partner: { text: string }, terms: { text: string } } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'BenefitNotOpenRefusal', refusalCode: RefusalCode, inputField: string | null, benefit: { ordinaryRoute: { text: string } }, message: { text: string } }
   };

export type LeaveMutationVariables = Exact<{ [key: string]: never; }>;


export type LeaveMutation = { leave:
    | { __typename: 'LeaveSuccess', disputesWithdrawn: number }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type LetterQueryVariables = Exact<{
  id: string;
}>;


export type LetterQuery = { letter: { number: string, citizenName: string, filedOn: string, decidedOn: string, documentNumber: string | null, legalBasis: string | null, reason: DisputeReason, words: string, determination: Determination | null, explanation: string | null, lapsed: boolean, afterAppeal: boolean, scoreNow: number | null, appealUntil: string | null, subject: { text: string }, source: { label: { text: string } } } | null };

export type LinesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type LinesQuery = { me: { score: { value: number, lines: { totalCount: number, edges: Array<{ node: { position: number, kind: LineKind, points: number, occurredOn: string | null, expiresOn: string | null, legalBasis: string | null, label: { text: string }, source: { label: { text: string } } | null, record: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null, withheld: { edges: Array<{ node: { position: number, points: number, withheldReason: WithheldReason, label: { text: string }, record: { id: string } | null } }> } | null } } | null };

export type LogInMutationVariables = Exact<{
  input: LogInInput;
}>;


export type LogInMutation = { logIn:
    | { __typename: 'LogInSuccess', session: { token: string, expiresAt: string, refreshToken: string | null } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'NotNowRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type MarkNoticesReadMutationVariables = Exact<{
  input: MarkNoticesReadInput;
}>;


export type MarkNoticesReadMutation = { markNoticesRead:
    | { __typename: 'MarkNoticesReadSuccess' }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type MoveAccountMutationVariables = Exact<{
  input: MoveAccountInput;
}>;


export type MoveAccountMutation = { moveAccount:
    | { __typename: 'MoveAccountSuccess', maskedName: string, heldUntil: string }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type NoticesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type NoticesQuery = { me: { notices: { edges: Array<{ node: { id: string, at: string, readAt: string | null, title: { text: string }, words: { text: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null, noticeChoices: { quietFrom: number, quietUntil: number, digest: boolean, kinds: Array<{ kind: string, required: boolean, on: boolean, title: { text: string } }> } } | null };

export type OpenDisputeMutationVariables = Exact<{
  input: OpenDisputeInput;
}>;


export type OpenDisputeMutation = { openDispute:
    | { __typename: 'OpenDisputeSuccess', dispute: { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } }, citizen: { id: string, score: { id: string, value: number } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'DisputeOpenRefusal', refusalCode: RefusalCode, inputField: string | null, dispute: { id: string, number: string }, message: { text: string } }
    | { __typename: 'DisputeDecidedRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'WordsTooLongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyPhotosRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type OpenEvidenceUploadMutationVariables = Exact<{ [key: string]: never; }>;


export type OpenEvidenceUploadMutation = { openEvidenceUpload:
    | { __typename: 'OpenEvidenceUploadSuccess', upload: { url: string, expiresAt: string, maxBytes: number } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type PassQueryVariables = Exact<{
  id: string;
}>;


export type PassQuery = { node:
    | { id: string, code: string | null, state: PassState, issuedAt: string, expiresAt: string, usedAt: string | null, benefit: { code: string, label: { text: string }, partner: { text: string }, terms: { text: string } } }
    | Record<PropertyKey, never>
   | null };

export type PassShownFragment = { id: string, code: string | null, state: PassState, issuedAt: string, expiresAt: string, usedAt: string | null, benefit: { code: string, label: { text: string }, partner: { text: string }, terms: { text: string } } };

export type PauseScoreMutationVariables = Exact<{ [key: string]: never; }>;


export type PauseScoreMutation = { pauseScore:
    | { __typename: 'PauseScoreSuccess', enrolment: { pausedSince: string | null } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type PrivacyQueryVariables = Exact<{ [key: string]: never; }>;


export type PrivacyQuery = { me: { maskedName: string, maskedIdNumber: string, enrolment: { consentVersion: string, consentCurrent: boolean, enrolledAt: string, lookOnly: boolean, pausedSince: string | null }, consents: { edges: Array<{ node: { version: string, grantedAt: string, withdrawnAt: string | null } }> } | null, optionalItems: { edges: Array<{ node: { declined: boolean, rule: { code: string, label: { text: string } } } }> } | null } | null };

export type RecordQueryVariables = Exact<{
  id: string;
}>;


export type RecordQuery = { node:
    | { id: string, documentNumber: string, occurredOn: string, reportedOn: string, countsFrom: string | null, expiresOn: string | null, points: number | null, disputed: boolean, withheldReason: WithheldReason | null, amount: string | null, source: { label: { text: string } }, rule: { code: string, legalBasis: string, label: { text: string } }, dispute: { id: string, number: string, state: DisputeState } | null }
    | Record<PropertyKey, never>
   | null, disputeLimits: { mostCharacters: number, mostPhotos: number } };

export type RecordFactsFragment = { id: string, documentNumber: string, occurredOn: string, reportedOn: string, countsFrom: string | null, expiresOn: string | null, points: number | null, disputed: boolean, withheldReason: WithheldReason | null, amount: string | null, source: { label: { text: string } }, rule: { code: string, legalBasis: string, label: { text: string } }, dispute: { id: string, number: string, state: DisputeState } | null };

type Refused_BenefitNotOpenRefusal_Fragment = { __typename: 'BenefitNotOpenRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_CodeWrongRefusal_Fragment = { __typename: 'CodeWrongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_DisputeDecidedRefusal_Fragment = { __typename: 'DisputeDecidedRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_DisputeOpenRefusal_Fragment = { __typename: 'DisputeOpenRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_NotNowRefusal_Fragment = { __typename: 'NotNowRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_NotRepairableRefusal_Fragment = { __typename: 'NotRepairableRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_PlainRefusal_Fragment = { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_SecondAccountRefusal_Fragment = { __typename: 'SecondAccountRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_TooManyPhotosRefusal_Fragment = { __typename: 'TooManyPhotosRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_TooManyTriesRefusal_Fragment = { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

type Refused_WordsTooLongRefusal_Fragment = { __typename: 'WordsTooLongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } };

export type RefusedFragment =
  | Refused_BenefitNotOpenRefusal_Fragment
  | Refused_CodeWrongRefusal_Fragment
  | Refused_DisputeDecidedRefusal_Fragment
  | Refused_DisputeOpenRefusal_Fragment
  | Refused_NotNowRefusal_Fragment
  | Refused_NotRepairableRefusal_Fragment
  | Refused_PlainRefusal_Fragment
  | Refused_SecondAccountRefusal_Fragment
  | Refused_TooManyPhotosRefusal_Fragment
  | Refused_TooManyTriesRefusal_Fragment
  | Refused_WordsTooLongRefusal_Fragment
;

export type RenewSessionMutationVariables = Exact<{
  input: RenewSessionInput;
}>;


export type RenewSessionMutation = { renewSession:
    | { __typename: 'RenewSessionSuccess', session: { token: string, expiresAt: string, refreshToken: string | null } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type RepairsQueryVariables = Exact<{ [key: string]: never; }>;


export type RepairsQuery = { me: { records: { edges: Array<{ node: { id: string, occurredOn: string, rule: { label: { text: string } }, repair: { state: RepairOutlook, demand: { text: string } } } }> } | null, repairs: { edges: Array<{ node: { id: string, number: string, state: RepairState, isOpen: boolean, dueOn: string, answer: string | null, subject: { text: string } } }> } | null } | null, disputeLimits: { mostCharacters: number, mostPhotos: number, today: string } };

export type ResendCodeMutationVariables = Exact<{
  input: ResendCodeInput;
}>;


export type ResendCodeMutation = { resendCode:
    | { __typename: 'ResendCodeSuccess', attempt: { id: string, maskedPhone: string, expiresAt: string } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type ResumeScoreMutationVariables = Exact<{ [key: string]: never; }>;


export type ResumeScoreMutation = { resumeScore:
    | { __typename: 'ResumeScoreSuccess', enrolment: { pausedSince: string | null } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type ScoreQueryVariables = Exact<{ [key: string]: never; }>;


export type ScoreQuery = { me: { id: string, maskedName: string, enrolment: { consentCurrent: boolean }, score: { id: string, value: number, lowest: number, highest: number, asOf: string, scheme: { name: { text: string } }, dimensions: Array<{ code: string, value: number, floor: number, cap: number, label: { text: string } }>, change: { since: string, points: number, reasons: Array<{ points: number, count: number, label: { text: string } }> } | null, reasons: Array<{ points: number, count: number, label: { text: string } }>, lines: { edges: Array<{ node: { position: number, points: number, label: { text: string } } }> } | null, nextBenefit: { shortBy: number, benefit: { code: string, label: { text: string } } } | null, withheld: { edges: Array<{ node: { points: number, withheldReason: WithheldReason, until: string | null, label: { text: string }, record: { id: string } | null } }> } | null, band: { code: string, label: { text: string } } }, disputes: { edges: Array<{ node: { id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, subject: { text: string }, source: { label: { text: string } } } }> } | null } | null };

export type ScoreChangedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ScoreChangedSubscription = { scoreChanged: { id: string, value: number, lowest: number, highest: number, asOf: string, band: { code: string, label: { text: string } } } };

export type ScoreNowFragment = { id: string, value: number, lowest: number, highest: number, asOf: string, band: { code: string, label: { text: string } } };

export type SetNoticeChoicesMutationVariables = Exact<{
  input: SetNoticeChoicesInput;
}>;


export type SetNoticeChoicesMutation = { setNoticeChoices:
    | { __typename: 'SetNoticeChoicesSuccess' }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type StartBindingMutationVariables = Exact<{
  input: StartBindingInput;
}>;


export type StartBindingMutation = { startBinding:
    | { __typename: 'StartBindingSuccess', attempt: { id: string, maskedPhone: string, expiresAt: string } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type StepsQueryVariables = Exact<{ [key: string]: never; }>;


export type StepsQuery = { me: { score: { value: number, lowest: number, highest: number, band: { label: { text: string } } }, steps: { edges: Array<{ node: { kind: StepKind, points: number, label: { text: string }, rule: { code: string }, record: { id: string } | null } }> } | null, calendar: { edges: Array<{ node: { on: string, points: number, value: number } }> } | null } | null };

export type SupplyDisputeMutationVariables = Exact<{
  input: SupplyDisputeInput;
}>;


export type SupplyDisputeMutation = { supplyDispute:
    | { __typename: 'SupplyDisputeSuccess', dispute: { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } }, citizen: { id: string, score: { id: string, value: number } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'WordsTooLongRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyPhotosRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type UnlinkMutationVariables = Exact<{ [key: string]: never; }>;


export type UnlinkMutation = { unlink:
    | { __typename: 'UnlinkSuccess', maskedName: string }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type WhatIfQueryVariables = Exact<{
  steps: Array<StepInput> | StepInput;
}>;


export type WhatIfQuery = { me: { whatIf: { asOf: string, value: number, points: number, band: { label: { text: string } }, reasons: Array<{ points: number, count: number, label: { text: string } }>, opened: Array<{ code: string, label: { text: string } }> } | null } | null };

export type WithdrawDisputeMutationVariables = Exact<{
  input: WithdrawDisputeInput;
}>;


export type WithdrawDisputeMutation = { withdrawDispute:
    | { __typename: 'WithdrawDisputeSuccess', dispute: { words: string | null, explanation: string | null, question: string | null, canAppeal: boolean, appealed: boolean, extended: boolean, endedOn: string | null, letterUrl: string | null, id: string, number: string, state: DisputeState, reason: DisputeReason, filedOn: string, dueOn: string, workingDaysLeft: number, points: number, determination: Determination | null, lapsed: boolean, evidence: Array<{ id: string, url: string, mediaType: string }>, events: Array<{ at: string, action: DisputeAction, by: DisputeRole, text: string | null }>, subject: { text: string }, source: { label: { text: string } } }, citizen: { id: string, score: { id: string, value: number } } }
    | { __typename: 'PlainRefusal', refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
    | { __typename: 'TooManyTriesRefusal', retryAfter: number, refusalCode: RefusalCode, inputField: string | null, message: { text: string } }
   };

export type WithdrawRepairMutationVariables = Exact<{
  input: WithdrawRepairInput;
}>;


export type WithdrawRepairMutation = { withdrawRepair:
    | { __typename: 'WithdrawRepairSuccess', repair: { number: string, dueOn: string } }
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
export const DisputeRowFragmentDoc = new TypedDocumentString(`
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
    `, {"fragmentName":"DisputeRow"}) as unknown as TypedDocumentString<DisputeRowFragment, unknown>;
export const DisputeWholeFragmentDoc = new TypedDocumentString(`
    fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}`, {"fragmentName":"DisputeWhole"}) as unknown as TypedDocumentString<DisputeWholeFragment, unknown>;
export const PassShownFragmentDoc = new TypedDocumentString(`
    fragment PassShown on Pass {
  id
  code
  state
  issuedAt
  expiresAt
  usedAt
  benefit {
    code
    label {
      text
    }
    partner {
      text
    }
    terms {
      text
    }
  }
}
    `, {"fragmentName":"PassShown"}) as unknown as TypedDocumentString<PassShownFragment, unknown>;
export const RecordFactsFragmentDoc = new TypedDocumentString(`
    fragment RecordFacts on CreditRecord {
  id
  documentNumber
  occurredOn
  reportedOn
  countsFrom
  expiresOn
  points
  disputed
  withheldReason
  amount
  source {
    label {
      text
    }
  }
  rule {
    code
    label {
      text
    }
    legalBasis
  }
  dispute {
    id
    number
    state
  }
}
    `, {"fragmentName":"RecordFacts"}) as unknown as TypedDocumentString<RecordFactsFragment, unknown>;
export const RefusedFragmentDoc = new TypedDocumentString(`
    fragment Refused on Refusal {
  __typename
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
export const ScoreNowFragmentDoc = new TypedDocumentString(`
    fragment ScoreNow on Score {
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
}
    `, {"fragmentName":"ScoreNow"}) as unknown as TypedDocumentString<ScoreNowFragment, unknown>;
export const AccessLogDocument = new TypedDocumentString(`
    query AccessLog($first: Int!, $after: String) {
  me {
    accessLog(first: $first, after: $after) {
      edges {
        node {
          at
          role
          action
          why
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AccessLogQuery, AccessLogQueryVariables>;
export const AppealDisputeDocument = new TypedDocumentString(`
    mutation AppealDispute($input: AppealDisputeInput!) {
  appealDispute(input: $input) {
    __typename
    ... on AppealDisputeSuccess {
      dispute {
        ...DisputeWhole
      }
      citizen {
        id
        score {
          id
          value
        }
      }
    }
    ...Refused
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}
fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<AppealDisputeMutation, AppealDisputeMutationVariables>;
export const ApplyForRepairDocument = new TypedDocumentString(`
    mutation ApplyForRepair($input: ApplyForRepairInput!) {
  applyForRepair(input: $input) {
    __typename
    ... on ApplyForRepairSuccess {
      repair {
        number
        dueOn
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<ApplyForRepairMutation, ApplyForRepairMutationVariables>;
export const BenefitsDocument = new TypedDocumentString(`
    query Benefits {
  me {
    benefits(first: 50) {
      edges {
        node {
          eligible
          shortBy
          benefit {
            code
            label {
              text
            }
            partner {
              text
            }
            terms {
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
    passes(first: 5) {
      edges {
        node {
          ...PassShown
        }
      }
    }
  }
}
    fragment PassShown on Pass {
  id
  code
  state
  issuedAt
  expiresAt
  usedAt
  benefit {
    code
    label {
      text
    }
    partner {
      text
    }
    terms {
      text
    }
  }
}`) as unknown as TypedDocumentString<BenefitsQuery, BenefitsQueryVariables>;
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
  __typename
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
      text
    }
    full {
      text
    }
  }
  scheme {
    name {
      text
    }
  }
}
    `) as unknown as TypedDocumentString<ConsentTextQuery, ConsentTextQueryVariables>;
export const DeclineItemDocument = new TypedDocumentString(`
    mutation DeclineItem($input: DeclineItemInput!) {
  declineItem(input: $input) {
    __typename
    ... on DeclineItemSuccess {
      optionalItem {
        declined
      }
      citizen {
        score {
          id
          value
        }
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<DeclineItemMutation, DeclineItemMutationVariables>;
export const DisputeDocument = new TypedDocumentString(`
    query Dispute($id: ID!) {
  node(id: $id) {
    ... on Dispute {
      ...DisputeWhole
    }
  }
  disputeLimits {
    mostCharacters
    mostPhotos
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}`) as unknown as TypedDocumentString<DisputeQuery, DisputeQueryVariables>;
export const DisputeChangedDocument = new TypedDocumentString(`
    subscription DisputeChanged {
  disputeChanged {
    ...DisputeWhole
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}`) as unknown as TypedDocumentString<DisputeChangedSubscription, DisputeChangedSubscriptionVariables>;
export const DisputesDocument = new TypedDocumentString(`
    query Disputes($first: Int!, $after: String) {
  me {
    disputes(first: $first, after: $after) {
      totalCount
      edges {
        node {
          ...DisputeRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}`) as unknown as TypedDocumentString<DisputesQuery, DisputesQueryVariables>;
export const ExportMyDataDocument = new TypedDocumentString(`
    mutation ExportMyData {
  exportMyData {
    __typename
    ... on ExportMyDataSuccess {
      address {
        url
        expiresAt
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<ExportMyDataMutation, ExportMyDataMutationVariables>;
export const GrantConsentDocument = new TypedDocumentString(`
    mutation GrantConsent($input: GrantConsentInput!) {
  grantConsent(input: $input) {
    __typename
    ... on GrantConsentSuccess {
      enrolment {
        consentVersion
        consentCurrent
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<GrantConsentMutation, GrantConsentMutationVariables>;
export const HistoryDocument = new TypedDocumentString(`
    query History($first: Int!, $after: String) {
  me {
    history(first: $first, after: $after) {
      edges {
        node {
          at
          asOf
          value
          cause
          band {
            label {
              text
            }
          }
          reasons {
            label {
              text
            }
            points
            count
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
    `) as unknown as TypedDocumentString<HistoryQuery, HistoryQueryVariables>;
export const IssuePassDocument = new TypedDocumentString(`
    mutation IssuePass($input: IssuePassInput!) {
  issuePass(input: $input) {
    __typename
    ... on IssuePassSuccess {
      pass {
        ...PassShown
      }
    }
    ... on BenefitNotOpenRefusal {
      benefit {
        ordinaryRoute {
          text
        }
      }
    }
    ...Refused
  }
}
    fragment PassShown on Pass {
  id
  code
  state
  issuedAt
  expiresAt
  usedAt
  benefit {
    code
    label {
      text
    }
    partner {
      text
    }
    terms {
      text
    }
  }
}
fragment Refused on Refusal {
  __typename
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
export const LeaveDocument = new TypedDocumentString(`
    mutation Leave {
  leave {
    __typename
    ... on LeaveSuccess {
      disputesWithdrawn
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<LeaveMutation, LeaveMutationVariables>;
export const LetterDocument = new TypedDocumentString(`
    query Letter($id: ID!) {
  letter(id: $id) {
    number
    citizenName
    filedOn
    decidedOn
    subject {
      text
    }
    source {
      label {
        text
      }
    }
    documentNumber
    legalBasis
    reason
    words
    determination
    explanation
    lapsed
    afterAppeal
    scoreNow
    appealUntil
  }
}
    `) as unknown as TypedDocumentString<LetterQuery, LetterQueryVariables>;
export const LinesDocument = new TypedDocumentString(`
    query Lines($first: Int!, $after: String) {
  me {
    score {
      value
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
            source {
              label {
                text
              }
            }
            occurredOn
            expiresOn
            legalBasis
            record {
              id
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
      withheld(first: 50) {
        edges {
          node {
            position
            label {
              text
            }
            points
            withheldReason
            record {
              id
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LinesQuery, LinesQueryVariables>;
export const LogInDocument = new TypedDocumentString(`
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
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
export const MarkNoticesReadDocument = new TypedDocumentString(`
    mutation MarkNoticesRead($input: MarkNoticesReadInput!) {
  markNoticesRead(input: $input) {
    __typename
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<MarkNoticesReadMutation, MarkNoticesReadMutationVariables>;
export const MoveAccountDocument = new TypedDocumentString(`
    mutation MoveAccount($input: MoveAccountInput!) {
  moveAccount(input: $input) {
    __typename
    ... on MoveAccountSuccess {
      maskedName
      heldUntil
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<MoveAccountMutation, MoveAccountMutationVariables>;
export const NoticesDocument = new TypedDocumentString(`
    query Notices($first: Int!, $after: String) {
  me {
    notices(first: $first, after: $after) {
      edges {
        node {
          id
          title {
            text
          }
          words {
            text
          }
          at
          readAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    noticeChoices {
      kinds {
        kind
        title {
          text
        }
        required
        on
      }
      quietFrom
      quietUntil
      digest
    }
  }
}
    `) as unknown as TypedDocumentString<NoticesQuery, NoticesQueryVariables>;
export const OpenDisputeDocument = new TypedDocumentString(`
    mutation OpenDispute($input: OpenDisputeInput!) {
  openDispute(input: $input) {
    __typename
    ... on OpenDisputeSuccess {
      dispute {
        ...DisputeWhole
      }
      citizen {
        id
        score {
          id
          value
        }
      }
    }
    ... on DisputeOpenRefusal {
      dispute {
        id
        number
      }
    }
    ...Refused
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}
fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<OpenDisputeMutation, OpenDisputeMutationVariables>;
export const OpenEvidenceUploadDocument = new TypedDocumentString(`
    mutation OpenEvidenceUpload {
  openEvidenceUpload {
    __typename
    ... on OpenEvidenceUploadSuccess {
      upload {
        url
        expiresAt
        maxBytes
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<OpenEvidenceUploadMutation, OpenEvidenceUploadMutationVariables>;
export const PassDocument = new TypedDocumentString(`
    query Pass($id: ID!) {
  node(id: $id) {
    ... on Pass {
      ...PassShown
    }
  }
}
    fragment PassShown on Pass {
  id
  code
  state
  issuedAt
  expiresAt
  usedAt
  benefit {
    code
    label {
      text
    }
    partner {
      text
    }
    terms {
      text
    }
  }
}`) as unknown as TypedDocumentString<PassQuery, PassQueryVariables>;
export const PauseScoreDocument = new TypedDocumentString(`
    mutation PauseScore {
  pauseScore {
    __typename
    ... on PauseScoreSuccess {
      enrolment {
        pausedSince
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<PauseScoreMutation, PauseScoreMutationVariables>;
export const PrivacyDocument = new TypedDocumentString(`
    query Privacy {
  me {
    maskedName
    maskedIdNumber
    enrolment {
      consentVersion
      consentCurrent
      enrolledAt
      lookOnly
      pausedSince
    }
    consents(first: 10) {
      edges {
        node {
          version
          grantedAt
          withdrawnAt
        }
      }
    }
    optionalItems(first: 50) {
      edges {
        node {
          declined
          rule {
            code
            label {
              text
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PrivacyQuery, PrivacyQueryVariables>;
export const RecordDocument = new TypedDocumentString(`
    query Record($id: ID!) {
  node(id: $id) {
    ... on CreditRecord {
      ...RecordFacts
    }
  }
  disputeLimits {
    mostCharacters
    mostPhotos
  }
}
    fragment RecordFacts on CreditRecord {
  id
  documentNumber
  occurredOn
  reportedOn
  countsFrom
  expiresOn
  points
  disputed
  withheldReason
  amount
  source {
    label {
      text
    }
  }
  rule {
    code
    label {
      text
    }
    legalBasis
  }
  dispute {
    id
    number
    state
  }
}`) as unknown as TypedDocumentString<RecordQuery, RecordQueryVariables>;
export const RenewSessionDocument = new TypedDocumentString(`
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
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<RenewSessionMutation, RenewSessionMutationVariables>;
export const RepairsDocument = new TypedDocumentString(`
    query Repairs {
  me {
    records(first: 50) {
      edges {
        node {
          id
          occurredOn
          rule {
            label {
              text
            }
          }
          repair {
            state
            demand {
              text
            }
          }
        }
      }
    }
    repairs(first: 20) {
      edges {
        node {
          id
          number
          state
          isOpen
          subject {
            text
          }
          dueOn
          answer
        }
      }
    }
  }
  disputeLimits {
    mostCharacters
    mostPhotos
    today
  }
}
    `) as unknown as TypedDocumentString<RepairsQuery, RepairsQueryVariables>;
export const ResendCodeDocument = new TypedDocumentString(`
    mutation ResendCode($input: ResendCodeInput!) {
  resendCode(input: $input) {
    __typename
    ... on ResendCodeSuccess {
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
  __typename
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
}`) as unknown as TypedDocumentString<ResendCodeMutation, ResendCodeMutationVariables>;
export const ResumeScoreDocument = new TypedDocumentString(`
    mutation ResumeScore {
  resumeScore {
    __typename
    ... on ResumeScoreSuccess {
      enrolment {
        pausedSince
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<ResumeScoreMutation, ResumeScoreMutationVariables>;
export const ScoreDocument = new TypedDocumentString(`
    query Score {
  me {
    id
    maskedName
    enrolment {
      consentCurrent
    }
    score {
      ...ScoreNow
      scheme {
        name {
          text
        }
      }
      dimensions {
        code
        label {
          text
        }
        value
        floor
        cap
      }
      change {
        since
        points
        reasons {
          label {
            text
          }
          points
          count
        }
      }
      reasons {
        label {
          text
        }
        points
        count
      }
      lines(first: 100) {
        edges {
          node {
            position
            label {
              text
            }
            points
          }
        }
      }
      nextBenefit {
        shortBy
        benefit {
          code
          label {
            text
          }
        }
      }
      withheld(first: 20) {
        edges {
          node {
            label {
              text
            }
            points
            withheldReason
            until
            record {
              id
            }
          }
        }
      }
    }
    disputes(first: 20) {
      edges {
        node {
          ...DisputeRow
        }
      }
    }
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment ScoreNow on Score {
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
}`) as unknown as TypedDocumentString<ScoreQuery, ScoreQueryVariables>;
export const ScoreChangedDocument = new TypedDocumentString(`
    subscription ScoreChanged {
  scoreChanged {
    ...ScoreNow
  }
}
    fragment ScoreNow on Score {
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
}`) as unknown as TypedDocumentString<ScoreChangedSubscription, ScoreChangedSubscriptionVariables>;
export const SetNoticeChoicesDocument = new TypedDocumentString(`
    mutation SetNoticeChoices($input: SetNoticeChoicesInput!) {
  setNoticeChoices(input: $input) {
    __typename
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<SetNoticeChoicesMutation, SetNoticeChoicesMutationVariables>;
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
  __typename
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
export const StepsDocument = new TypedDocumentString(`
    query Steps {
  me {
    score {
      value
      lowest
      highest
      band {
        label {
          text
        }
      }
    }
    steps(first: 50) {
      edges {
        node {
          kind
          label {
            text
          }
          points
          rule {
            code
          }
          record {
            id
          }
        }
      }
    }
    calendar(first: 5) {
      edges {
        node {
          on
          points
          value
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StepsQuery, StepsQueryVariables>;
export const SupplyDisputeDocument = new TypedDocumentString(`
    mutation SupplyDispute($input: SupplyDisputeInput!) {
  supplyDispute(input: $input) {
    __typename
    ... on SupplyDisputeSuccess {
      dispute {
        ...DisputeWhole
      }
      citizen {
        id
        score {
          id
          value
        }
      }
    }
    ...Refused
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}
fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<SupplyDisputeMutation, SupplyDisputeMutationVariables>;
export const UnlinkDocument = new TypedDocumentString(`
    mutation Unlink {
  unlink {
    __typename
    ... on UnlinkSuccess {
      maskedName
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<UnlinkMutation, UnlinkMutationVariables>;
export const WhatIfDocument = new TypedDocumentString(`
    query WhatIf($steps: [StepInput!]!) {
  me {
    whatIf(steps: $steps) {
      asOf
      value
      points
      band {
        label {
          text
        }
      }
      reasons {
        label {
          text
        }
        points
        count
      }
      opened {
        code
        label {
          text
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WhatIfQuery, WhatIfQueryVariables>;
export const WithdrawDisputeDocument = new TypedDocumentString(`
    mutation WithdrawDispute($input: WithdrawDisputeInput!) {
  withdrawDispute(input: $input) {
    __typename
    ... on WithdrawDisputeSuccess {
      dispute {
        ...DisputeWhole
      }
      citizen {
        id
        score {
          id
          value
        }
      }
    }
    ...Refused
  }
}
    fragment DisputeRow on Dispute {
  id
  number
  state
  reason
  filedOn
  dueOn
  workingDaysLeft
  points
  determination
  lapsed
  subject {
    text
  }
  source {
    label {
      text
    }
  }
}
fragment DisputeWhole on Dispute {
  ...DisputeRow
  words
  explanation
  question
  canAppeal
  appealed
  extended
  endedOn
  letterUrl
  evidence {
    id
    url
    mediaType
  }
  events {
    at
    action
    by
    text
  }
}
fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<WithdrawDisputeMutation, WithdrawDisputeMutationVariables>;
export const WithdrawRepairDocument = new TypedDocumentString(`
    mutation WithdrawRepair($input: WithdrawRepairInput!) {
  withdrawRepair(input: $input) {
    __typename
    ... on WithdrawRepairSuccess {
      repair {
        number
        dueOn
      }
    }
    ...Refused
  }
}
    fragment Refused on Refusal {
  __typename
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
}`) as unknown as TypedDocumentString<WithdrawRepairMutation, WithdrawRepairMutationVariables>;