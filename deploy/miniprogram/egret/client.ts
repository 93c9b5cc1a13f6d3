// Egret's API for one citizen: typed operations, a silent session, refusals as values.

import { EgretFault, NOT_FOUND, refused } from "./faults";
import * as api from "./generated";
import { Listening, PACE, type Listener, type Pace } from "./listening";
import { Session } from "./session";
import type { Transport } from "./transport";
import { upload } from "./uploads";
import { send } from "./wire";

export { EgretFault, NO_ANSWER, NOT_FOUND, OFFLINE, refused, wait } from "./faults";
export type { Listener, Pace } from "./listening";
export type { Response, Socket, SocketEvents, Transport } from "./transport";
export * from "./generated";

export interface Options<Photo> {
  /** Where the server is, without a path: `https://score.example`. */
  server: string;
  transport: Transport<Photo>;
  /** A login code, as `wx.login` gives it. */
  login: () => Promise<string>;
  /** The language of the server's words, `zh` or `en`; asked with each operation. */
  language?: () => string;
  pace?: Pace;
}

/** A page of a list: how many at most, and the cursor to go on from. */
export interface PageOf {
  first: number;
  after?: string | null;
}

type Asked<Result, Variables> = api.TypedDocumentString<Result, Variables>;
type Nothing = { [key: string]: never };

const FIRST: PageOf = { first: 20 };
const RENEWED = ["EXPIRED", "NOT_SIGNED_IN"];

export class Egret<Photo = string> {
  private readonly session: Session;
  private readonly url: string;

  constructor(private readonly options: Options<Photo>) {
    this.url = `${options.server}/graphql`;
    this.session = new Session((document, variables, token) => this.send(document, variables, token), options.login);
  }

  // Joining

  consentText = () => this.ask(api.ConsentTextDocument, {});
  startBinding = async (input: api.StartBindingInput) =>
    (await this.ask(api.StartBindingDocument, { input })).startBinding;
  resendCode = async (attempt: string) => (await this.ask(api.ResendCodeDocument, { input: { attempt } })).resendCode;
  confirmBinding = async (input: api.ConfirmBindingInput) =>
    (await this.ask(api.ConfirmBindingDocument, { input })).confirmBinding;
  moveAccount = async (attempt: string) =>
    (await this.ask(api.MoveAccountDocument, { input: { attempt } })).moveAccount;
  grantConsent = async (version: string) =>
    (await this.ask(api.GrantConsentDocument, { input: { version } })).grantConsent;

  // The score. Each is null for somebody who does not take part.

  score = async () => (await this.ask(api.ScoreDocument, {})).me;
  lines = async (page: PageOf = FIRST) => (await this.ask(api.LinesDocument, page)).me?.score ?? null;
  history = async (page: PageOf = FIRST) => (await this.ask(api.HistoryDocument, page)).me?.history ?? null;
  steps = async () => (await this.ask(api.StepsDocument, {})).me;
  whatIf = async (steps: api.StepInput[]) => (await this.ask(api.WhatIfDocument, { steps })).me?.whatIf ?? null;

  // Benefits and passes

  benefits = async () => (await this.ask(api.BenefitsDocument, {})).me;
  issuePass = async (benefit: string) => (await this.ask(api.IssuePassDocument, { input: { benefit } })).issuePass;
  pass = async (id: string) => found((await this.ask(api.PassDocument, { id })).node);

  // Records and disputes

  /** A record, and what a dispute about it may have at most. */
  async record(id: string) {
    const { node, disputeLimits } = await this.ask(api.RecordDocument, { id });
    return { record: found(node), limits: disputeLimits };
  }

  disputes = async (page: PageOf = FIRST) => (await this.ask(api.DisputesDocument, page)).me?.disputes ?? null;

  async dispute(id: string) {
    const { node, disputeLimits } = await this.ask(api.DisputeDocument, { id });
    return { dispute: found(node), limits: disputeLimits };
  }

  /** The written answer to a dispute; null while there is none. */
  async letter(id: string) {
    try {
      return (await this.ask(api.LetterDocument, { id })).letter;
    } catch (error) {
      if (error instanceof EgretFault && error.code === "NOT_DECIDED") return null;
      throw error;
    }
  }

  openDispute = async (input: api.OpenDisputeInput) => (await this.ask(api.OpenDisputeDocument, { input })).openDispute;
  supplyDispute = async (input: api.SupplyDisputeInput) =>
    (await this.ask(api.SupplyDisputeDocument, { input })).supplyDispute;
  appealDispute = async (input: api.AppealDisputeInput) =>
    (await this.ask(api.AppealDisputeDocument, { input })).appealDispute;
  withdrawDispute = async (id: string) =>
    (await this.ask(api.WithdrawDisputeDocument, { input: { id } })).withdrawDispute;

  /** What can be repaired, and what was applied for. */
  repairs = () => this.ask(api.RepairsDocument, {});
  applyForRepair = async (input: api.ApplyForRepairInput) =>
    (await this.ask(api.ApplyForRepairDocument, { input })).applyForRepair;
  withdrawRepair = async (id: string) =>
    (await this.ask(api.WithdrawRepairDocument, { input: { id } })).withdrawRepair;

  /** Sends one photo or PDF file; the ids to file a dispute with, one for each page, or why there are none. */
  async sendPhoto(photo: Photo): Promise<{ evidence: string[] } | api.RefusedFragment> {
    const { openEvidenceUpload: opened } = await this.ask(api.OpenEvidenceUploadDocument, {});
    if (refused(opened)) return opened;
    return upload(this.options.transport, opened.upload.url, photo, this.language());
  }

  // Privacy

  privacy = async () => (await this.ask(api.PrivacyDocument, {})).me;
  accessLog = async (page: PageOf = FIRST) => (await this.ask(api.AccessLogDocument, page)).me?.accessLog ?? null;
  declineItem = async (rule: string, declined: boolean) =>
    (await this.ask(api.DeclineItemDocument, { input: { rule, declined } })).declineItem;
  /** What the person was told, newest first, and what they chose to be told; null for somebody who does not take part. */
  notices = async (page: PageOf = FIRST) => (await this.ask(api.NoticesDocument, page)).me;
  markNoticesRead = async (ids: string[]) =>
    (await this.ask(api.MarkNoticesReadDocument, { input: { ids } })).markNoticesRead;
  setNoticeChoices = async (input: api.SetNoticeChoicesInput) =>
    (await this.ask(api.SetNoticeChoicesDocument, { input })).setNoticeChoices;
  /** Nothing is computed until the person resumes; account, records and history stay. */
  pauseScore = async () => (await this.ask(api.PauseScoreDocument, {})).pauseScore;
  resumeScore = async () => (await this.ask(api.ResumeScoreDocument, {})).resumeScore;
  exportMyData = async () => (await this.ask(api.ExportMyDataDocument, {})).exportMyData;
  unlink = async () => (await this.ask(api.UnlinkDocument, {})).unlink;
  leave = async () => (await this.ask(api.LeaveDocument, {})).leave;

  // Listening; call `stop` on what comes back when you no longer show it

  onDispute = (listener: Listener<api.DisputeChangedSubscription>) => this.listen(api.DisputeChangedDocument, listener);
  onScore = (listener: Listener<api.ScoreChangedSubscription>) => this.listen(api.ScoreChangedDocument, listener);

  /** Any operation of yours. A session that is over is renewed, once. Raises an EgretFault. */
  async ask<Result, Variables>(document: Asked<Result, Variables>, variables: Variables): Promise<Result> {
    const token = await this.session.token();
    try {
      return await this.send(document, variables, token);
    } catch (error) {
      if (!(error instanceof EgretFault) || !RENEWED.includes(error.code)) throw error;
      return this.send(document, variables, await this.session.renew(token));
    }
  }

  private listen<Result>(document: Asked<Result, Nothing>, listener: Listener<Result>) {
    const url = this.url.replace(/^http/, "ws");
    return new Listening(this.options.transport, url, this.session, document, listener, this.options.pace ?? PACE);
  }

  private send<Result, Variables>(document: Asked<Result, Variables>, variables: Variables, token: string | null) {
    return send(this.options.transport, { url: this.url, language: this.language() }, document, variables, token);
  }

  private language(): string {
    return this.options.language?.() ?? "zh";
  }
}

/** What a node is, where it is what was asked for. Raises an EgretFault where there is none. */
function found<Found extends object>(node: Found | null): Extract<Found, { id: string }> {
  if (node === null || !("id" in node))
    throw new EgretFault(NOT_FOUND, "There is nothing of this id that you may see.");
  return node as Extract<Found, { id: string }>;
}
