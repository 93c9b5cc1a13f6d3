// Plays the part of WeChat that the mini-program uses, over fetch and WebSocket, against a running demo.
import { readFileSync } from "node:fs";
import WebSocket from "ws";

/** What the phone did besides asking: where it went, what it was asked, what it copied. */
export function playWeChat({ base, openid, photo, language }) {
  const phone = {
    went: [],
    questions: [],
    copied: "",
    title: "",
    tabs: [],
    sockets: [],
    offline: false,
    noSockets: false,
    asking: 0,
    refuses: "",
    photo,
  };
  const kept = new Map();

  const tracked = async (work) => {
    phone.asking += 1;
    try {
      return await work;
    } finally {
      phone.asking -= 1;
    }
  };
  const answer = ({ success, fail, complete }, work) => {
    if (!success && !fail) return tracked(work());
    tracked(work())
      .then(success, (error) => fail?.({ errMsg: String(error) }))
      .then(complete);
  };
  const go = (way) => (options) => {
    phone.went.push({ way, url: options?.url ?? "" });
    return answer(options ?? {}, async () => ({ errMsg: "ok" }));
  };

  const wx = {
    getAppBaseInfo: () => ({ language }),
    getStorageSync: (key) => kept.get(key) ?? "",
    setStorageSync: (key, value) => kept.set(key, value),
    setNavigationBarTitle: ({ title }) => (phone.title = title),
    setTabBarItem: ({ index, text }) => (phone.tabs[index] = text),
    stopPullDownRefresh: async () => undefined,
    setClipboardData: async ({ data }) => {
      if (phone.refuses) throw { errMsg: `setClipboardData:${phone.refuses}` };
      phone.copied = data;
    },
    navigateTo: go("navigateTo"),
    redirectTo: go("redirectTo"),
    reLaunch: go("reLaunch"),
    switchTab: go("switchTab"),
    navigateBack: go("navigateBack"),
    showModal: ({ content, success }) => {
      phone.questions.push(content);
      success({ confirm: true });
    },
    chooseMedia: ({ success, fail }) => {
      if (phone.refuses) fail({ errMsg: `chooseMedia:${phone.refuses}` });
      else success({ tempFiles: [{ tempFilePath: phone.photo }] });
    },
    login: (options) =>
      answer(options, async () => (await fetch(`${base}/simulator/login-code?openid=${openid}`)).json()),
    request: (options) =>
      answer(options, async () => {
        if (phone.offline) throw new Error("request:fail");
        const { url, method = "GET", header = {}, data } = options;
        const response = await fetch(url, { method, headers: header, body: data });
        const body = await response.text();
        return { statusCode: response.status, data: options.dataType === "text" ? body : JSON.parse(body) };
      }),
    uploadFile: (options) =>
      answer(options, async () => {
        const form = new FormData();
        form.set(options.name, new Blob([readFileSync(options.filePath)]), "photo");
        const response = await fetch(options.url, { method: "POST", body: form });
        return { statusCode: response.status, data: await response.text() };
      }),
    connectSocket: ({ url, protocols }) => {
      const line = new WebSocket(phone.noSockets ? "ws://127.0.0.1:9" : url, protocols);
      phone.sockets.push(line);
      line.on("error", () => undefined);
      return {
        onOpen: (heard) => line.on("open", heard),
        onMessage: (heard) => line.on("message", (data) => heard({ data: String(data) })),
        onClose: (heard) => line.on("close", (code) => heard({ code })),
        onError: (heard) => line.on("error", heard),
        send: ({ data }) => line.send(data),
        close: () => line.close(),
      };
    },
  };
  globalThis.wx = wx;
  return phone;
}
