// The three functions over `fetch` and `WebSocket`: for browsers, Node, and frameworks that offer both.

import { PATIENCE, PROTOCOL, type Response, type Socket, type SocketEvents, type Transport } from "./transport";

/** The part of a WebSocket that is used; a browser's and that of the package `ws` both fit. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** Give a `WebSocket` of your own where the platform has none, as Node before 22. */
export interface Platform {
  WebSocket?: new (url: string, protocol: string) => WebSocketLike;
}

async function request(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE) });
  return { status: answer.status, body: await answer.text() };
}

async function upload(url: string, photo: Blob): Promise<Response> {
  const answer = await fetch(url, { method: "PUT", body: photo });
  return { status: answer.status, body: await answer.text() };
}

export function fetchTransport(platform: Platform = {}): Transport<Blob> {
  const connect = (url: string, events: SocketEvents): Socket => {
    const Line: new (url: string, protocol: string) => WebSocketLike = platform.WebSocket ?? WebSocket;
    const line = new Line(url, PROTOCOL);
    line.onopen = () => events.opened();
    line.onmessage = ({ data }: { data: unknown }) => events.received(String(data));
    line.onclose = ({ code }: { code: number }) => events.closed(code);
    line.onerror = () => undefined; // a close always follows
    return { send: (text) => line.send(text), close: () => line.close() };
  };
  return { request, upload, connect };
}
