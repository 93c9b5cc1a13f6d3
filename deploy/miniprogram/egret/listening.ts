// One subscription over a WebSocket that stays: it connects again, and asks meanwhile where it cannot.

import type { TypedDocumentString } from "./generated";
import type { Session } from "./session";
import type { Socket, Transport } from "./transport";

export interface Listener<Result> {
  /** Something happened. */
  next(result: Result): void;
  /** Something may have happened unheard: ask for what you show. Comes when listening begins, and while it cannot. */
  missed(): void;
}

export interface Pace {
  /** Milliseconds before the first try to connect again; doubled with each that fails. */
  again: number;
  /** The longest time between two tries. */
  longest: number;
}

export const PACE: Pace = { again: 1000, longest: 30000 };

interface Message<Result> {
  type: string;
  payload?: { data?: Result };
}

const OVER = [4401, 4403]; // the token is good no more

export class Listening<Result> {
  private socket: Socket | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private failures = 0;
  private stopped = false;

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
    if (this.timer !== null) clearTimeout(this.timer);
    this.socket?.close();
  }

  private async open(stale: string | null = null): Promise<void> {
    try {
      const token = await (stale === null ? this.session.token() : this.session.renew(stale));
      if (!this.stopped) this.connect(token);
    } catch {
      this.wait(null); // no session now; the next try asks for one again
    }
  }

  private connect(token: string): void {
    const socket = this.transport.connect(this.url, {
      opened: () =>
        socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } })),
      received: (text) => this.received(socket, JSON.parse(text) as Message<Result>),
      closed: (code) => this.wait(OVER.includes(code) ? token : null),
    });
    this.socket = socket;
  }

  private received(socket: Socket, message: Message<Result>): void {
    if (this.stopped) return;
    if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
    if (message.type === "connection_ack") this.subscribe(socket);
    if (message.type === "next" && message.payload?.data) this.listener.next(message.payload.data);
    if (message.type === "error" || message.type === "complete") socket.close();
  }

  private subscribe(socket: Socket): void {
    this.failures = 0;
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: this.document.toString().trim() } }));
    this.listener.missed();
  }

  /** Connects again after a while; until then the listener asks by itself. */
  private wait(stale: string | null): void {
    if (this.stopped) return;
    this.socket = null;
    const pause = Math.min(this.pace.again * 2 ** this.failures, this.pace.longest);
    this.failures += 1;
    this.timer = setTimeout(() => {
      if (this.failures > 1) this.listener.missed();
      void this.open(stale);
    }, pause);
  }
}
