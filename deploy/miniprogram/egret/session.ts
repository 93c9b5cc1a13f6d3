// A session that nobody sees: it begins with a login code and is renewed when it is over.

import { EgretFault, refused } from "./faults";
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
    this.held = (refreshToken === null ? null : await this.renewed(refreshToken)) ?? (await this.signedIn());
    return this.held;
  }

  /** Null where the refresh token is good no more. */
  private async renewed(refreshToken: string): Promise<Held | null> {
    const { renewSession } = await this.send(RenewSessionDocument, { input: { refreshToken } }, null);
    return refused(renewSession) ? null : renewSession.session;
  }

  private async signedIn(): Promise<Held> {
    const code = await this.login();
    const { logIn } = await this.send(LogInDocument, { input: { code } }, null);
    if (refused(logIn)) throw new EgretFault(logIn.refusalCode, logIn.message.text);
    return logIn.session;
  }
}
