// A session that nobody sees: it begins with a login code and is renewed when it is over.

import { EgretFault, NO_ANSWER, OFFLINE, refused } from "./faults";
import { LogInDocument, RenewSessionDocument, type TypedDocumentString } from "./generated";

/** Sends one operation as whoever the token stands for. */
export type Send = <Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  token: string | null,
) => Promise<Result>;

interface Held {
  token: string;
  refreshToken: string | null;
}

const UNANSWERED = [OFFLINE, NO_ANSWER];
/** A code that was used by a login whose answer was lost, or that was too old: a new one may do. */
const ANOTHER_CODE = ["SIGN_IN_FAILED", ...UNANSWERED];

const isOne = (error: unknown, codes: string[]) => error instanceof EgretFault && codes.includes(error.code);

export class Session {
  private held: Held | null = null;
  private beginning: Promise<Held> | null = null;

  constructor(
    private readonly send: Send,
    private readonly login: () => Promise<string>,
  ) {}

  /** The token to ask with. Those who ask at the same time share one login. */
  async token(): Promise<string> {
    return (this.held ?? (await this.begin())).token;
  }

  /** A token in place of one that is over; nothing is done where another caller renewed it already. */
  async renew(stale: string): Promise<string> {
    if (this.held !== null && this.held.token !== stale) return this.held.token;
    return (await this.begin()).token;
  }

  private begin(): Promise<Held> {
    this.beginning ??= this.again().finally(() => {
      this.beginning = null;
    });
    return this.beginning;
  }

  private async again(): Promise<Held> {
    const refreshToken = this.held?.refreshToken ?? null;
    this.held =
      (refreshToken === null ? null : await this.renewed(refreshToken)) ??
      (await this.signedIn().catch((error: unknown) => {
        if (isOne(error, ANOTHER_CODE)) return this.signedIn();
        throw error;
      }));
    return this.held;
  }

  /** Null where the refresh token is good no more, as it may be after a renewal whose answer was lost. */
  private async renewed(refreshToken: string): Promise<Held | null> {
    try {
      const { renewSession } = await this.send(RenewSessionDocument, { input: { refreshToken } }, null);
      return refused(renewSession) ? null : renewSession.session;
    } catch (error) {
      if (isOne(error, UNANSWERED)) return null;
      throw error;
    }
  }

  private async signedIn(): Promise<Held> {
    const code = await this.login();
    const { logIn } = await this.send(LogInDocument, { input: { code } }, null);
    if (refused(logIn)) throw new EgretFault(logIn.refusalCode, logIn.message.text);
    return logIn.session;
  }
}
