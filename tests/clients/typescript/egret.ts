// Egret over `wx.request`: typed operations, a session by `wx.login`, refusals as values.

import {
  BenefitsDocument,
  ConfirmBindingDocument,
  ConsentTextDocument,
  IssuePassDocument,
  LogInDocument,
  ScoreDocument,
  StartBindingDocument,
  type RefusedFragment,
  type StartBindingInput,
  type TypedDocumentString,
} from "./generated";

/** What the API answers when it cannot answer: `code` is stable. */
export class FaultError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Whether a mutation was refused, for whatever reason; what is left is its success. */
export function refused<Result extends object>(answer: Result): answer is Extract<Result, RefusedFragment> {
  return "refusalCode" in answer;
}

export class Egret {
  private token: string | null = null;

  constructor(private readonly url: string) {}

  /** A session for whoever holds the phone: silent, nobody types anything. */
  async logIn(): Promise<RefusedFragment | null> {
    this.token = null;
    const code = await new Promise<string>((resolve, reject) =>
      wx.login({ success: (found) => resolve(found.code), fail: (error) => reject(new Error(error.errMsg)) }),
    );
    const { logIn } = await this.send(LogInDocument, { input: { code } });
    if (refused(logIn)) return logIn;
    this.token = logIn.session.token;
    return null;
  }

  consentText() {
    return this.ask(ConsentTextDocument, {}).then((data) => data.consentText);
  }

  startBinding(input: StartBindingInput) {
    return this.ask(StartBindingDocument, { input }).then((data) => data.startBinding);
  }

  confirmBinding(attempt: string, code: string) {
    return this.ask(ConfirmBindingDocument, { input: { attempt, code } }).then((data) => data.confirmBinding);
  }

  /** The score with a page of its lines; null for somebody who does not take part yet. */
  score(first: number, after: string | null = null) {
    return this.ask(ScoreDocument, { first, after }).then((data) => data.me);
  }

  benefits() {
    return this.ask(BenefitsDocument, {}).then((data) => data.me?.benefits?.edges.map((edge) => edge.node) ?? []);
  }

  issuePass(benefit: string) {
    return this.ask(IssuePassDocument, { input: { benefit } }).then((data) => data.issuePass);
  }

  /** One operation; a session that ended is taken up again, once. */
  private async ask<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    try {
      return await this.send(document, variables);
    } catch (error) {
      if (!(error instanceof FaultError) || error.code !== "NOT_SIGNED_IN" || this.token === null) throw error;
      await this.logIn();
      return this.send(document, variables);
    }
  }

  private async send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const answer = await new Promise<Answer<Result>>((resolve, reject) =>
      wx.request<Answer<Result>>({
        url: this.url,
        method: "POST",
        header: {
          "content-type": "application/json",
          ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        },
        data: { query: document.toString(), variables },
        success: (response) => resolve(response.data),
        fail: (error) => reject(new Error(error.errMsg)),
      }),
    );
    const fault = answer.errors?.[0];
    if (fault) throw new FaultError(fault.extensions?.code ?? "INTERNAL", fault.message);
    if (!answer.data) throw new FaultError("INTERNAL", "There was no answer.");
    return answer.data;
  }
}
