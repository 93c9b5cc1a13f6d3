// What Egret needs of the platform that it runs on: three functions.

/** What the server said to a request. */
export interface Response {
  status: number;
  body: string;
}

/** An open line: what is sent on it and how it is closed. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

/** What happens on a line. `closed` comes once, also where the line never opened; the code says why. */
export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  closed(code: number): void;
}

/** `Photo` is what the platform calls a chosen file: a path in WeChat, a `Blob` elsewhere. */
export interface Transport<Photo> {
  /** Sends a body of JSON by POST. Rejects only where no answer came, after 15 seconds at the latest. */
  request(url: string, headers: Record<string, string>, body: string): Promise<Response>;
  /** Sends one photo or PDF file to a one-time address. Rejects only where no answer came. */
  upload(url: string, photo: Photo): Promise<Response>;
  /** Opens a WebSocket with the sub-protocol `graphql-transport-ws`. */
  connect(url: string, events: SocketEvents): Socket;
}

/** Milliseconds that a request waits for its answer. */
export const PATIENCE = 15000;

export const PROTOCOL = "graphql-transport-ws";
