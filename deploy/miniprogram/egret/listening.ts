// One subscription over a WebSocket that stays: it connects again, and asks meanwhile where it cannot.

import type { TypedDocumentString } from "./generated";
import type { Session } from "./session";
import type { Socket, Transport } from "./transport";

export interface Listener<Result> {
  /** Something happened. */
  next(result: Result): void;
  /**
   * Something may have happened unheard: ask for what you show. Comes when listening begins, once a line that broke
   * is there again, and while there is none.
   */
  missed(): void;
}

export interface Pace {
  /** Milliseconds before the first try to connect again; doubled with each that fails. */
  again: number;
  /** The longest time between two tries; a line that stood for so long is a good one. */
  longest: number;
}

export const PACE: Pace = { again: 1000, longest: 30000 };

interface Message<Result> {
  type: string;
  /** What happened; a list of errors where it is refused. */
  payload?: { data?: Result } | { extensions?: { code?: string } }[];
}

const OVER = [4401, 4403]; // the token is good no more
const NOT_THEIRS = ["EXPIRED", "NOT_SIGNED_IN", "FORBIDDEN"];

type Timer = ReturnType<typeof setTimeout>;

export class Listening<Result> {
  private socket: Socket | null = null;
  private timers: Timer[] = [];
  private failures = 0;
  private stopped = false;
  /** Whether there was a line before this one. */
  private before = false;
  /** Whether something may have happened unheard before this line. */
  private behind = false;
  /** Whether the token of this line is a renewed one that nothing was heard with yet. */
  private renewed = false;
  /** The code that this line was refused with. */
  private refusal: string | null = null;

  constructor(
    private readonly transport: Transport<never>,
    private readonly url: string,
    private readonly session: Session,
    private readonly document: TypedDocumentString<Result, Record<string, never>>,
    private readonly listener: Listener<Result>,
    private readonly pace: Pace,
  ) {
    void this.open();
  }

  stop(): void {
    this.stopped = true;
    this.forget();
    this.socket?.close();
  }

  private async open(stale: string | null = null): Promise<void> {
    try {
      const token = await (stale === null ? this.session.token() : this.session.renew(stale));
      if (!this.stopped) this.connect(token, stale !== null);
    } catch {
      this.wait(null, this.pause()); // no session now; the next try asks for one again
    }
  }

  private connect(token: string, renewed: boolean): void {
    this.renewed = renewed;
    this.refusal = null;
    const socket = this.transport.connect(this.url, {
      opened: () =>
        socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } })),
      received: (text) => this.received(socket, JSON.parse(text) as Message<Result>),
      closed: (code) => this.closed(code, token),
    });
    this.socket = socket;
  }

  private received(socket: Socket, { type, payload }: Message<Result>): void {
    if (this.stopped) return;
    if (type === "ping") socket.send(JSON.stringify({ type: "pong" }));
    if (type === "connection_ack") this.subscribe(socket);
    if (type === "next" && payload && "data" in payload && payload.data) this.heard(payload.data);
    if (type === "error") this.refusal = (Array.isArray(payload) && payload[0]?.extensions?.code) || "";
    if (type === "error" || type === "complete") socket.close();
  }

  /** Whether it is refused is not known yet: what was missed on a line before is asked for when it is not. */
  private subscribe(socket: Socket): void {
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: this.document.toString().trim() } }));
    this.after(this.pace.longest, () => this.stands());
    this.behind = true;
    if (this.before) this.after(this.pace.again, () => this.catchUp());
    else this.catchUp();
    this.before = true;
  }

  private heard(result: Result): void {
    this.stands();
    this.listener.next(result);
    this.catchUp();
  }

  private stands(): void {
    this.failures = 0;
    this.renewed = false;
  }

  private catchUp(): void {
    if (this.behind) this.listener.missed();
    this.behind = false;
  }

  private closed(code: number, token: string): void {
    this.socket = null;
    this.forget();
    const over = OVER.includes(code) || (this.refusal !== null && NOT_THEIRS.includes(this.refusal));
    if (over && this.renewed) this.stopped = true; // a new token did not help
    this.wait(over ? token : null, this.refusal === null ? this.pause() : this.pace.longest);
  }

  private pause(): number {
    return Math.min(this.pace.again * 2 ** this.failures, this.pace.longest);
  }

  /** Connects again after a while; until then the listener asks by itself. */
  private wait(stale: string | null, pause: number): void {
    if (this.stopped) return;
    this.failures += 1;
    this.after(pause, () => {
      if (pause > this.pace.again) this.listener.missed();
      void this.open(stale);
    });
  }

  private after(pause: number, work: () => void): void {
    this.timers.push(setTimeout(work, pause));
  }

  private forget(): void {
    this.timers.forEach(clearTimeout);
    this.timers = [];
  }
}
