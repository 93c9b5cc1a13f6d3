// The three functions over `wx.*`, and a code of `wx.login`.

import { PATIENCE, PROTOCOL, type Response, type Socket, type SocketEvents, type Transport } from "./transport";

const GONE = 1006;

function request(url: string, header: Record<string, string>, data: string): Promise<Response> {
  return new Promise((resolve, reject) =>
    wx.request<string>({
      url,
      method: "POST",
      header,
      data,
      dataType: "text",
      timeout: PATIENCE,
      success: ({ statusCode, data: body }) => resolve({ status: statusCode, body }),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    }),
  );
}

function upload(url: string, filePath: string): Promise<Response> {
  return new Promise((resolve, reject) =>
    wx.uploadFile({
      url,
      filePath,
      name: "file",
      success: ({ statusCode, data: body }) => resolve({ status: statusCode, body }),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    }),
  );
}

function connect(url: string, events: SocketEvents): Socket {
  let over = false;
  const end = (code: number) => {
    if (over) return;
    over = true;
    events.closed(code);
  };
  const task = wx.connectSocket({ url, protocols: [PROTOCOL], fail: () => end(GONE) });
  task.onOpen(() => events.opened());
  task.onMessage(({ data }) => events.received(String(data)));
  task.onClose(({ code }) => end(code));
  task.onError(() => end(GONE));
  return {
    send: (text) => task.send({ data: text }),
    close: () => task.close({}),
  };
}

export function wechatTransport(): Transport<string> {
  return { request, upload, connect };
}

/** A code that says who holds the phone; nobody types anything. */
export function wechatLogin(): Promise<string> {
  return new Promise((resolve, reject) =>
    wx.login({ success: ({ code }) => resolve(code), fail: ({ errMsg }) => reject(new Error(errMsg)) }),
  );
}
