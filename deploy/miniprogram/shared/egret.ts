// The one client of the mini-program.

import { Egret } from "../egret/client";
import { wechatLogin, wechatTransport } from "../egret/wechat";
import { language } from "../i18n/index";
import { settings } from "../settings";

/** A login code from the simulator of the demo, which plays WeChat. */
function demoLogin(): Promise<string> {
  const url = `${settings.server}/simulator/login-code?openid=${settings.demoAccount}`;
  return new Promise((resolve, reject) =>
    wx.request<{ code: string }>({
      url,
      success: ({ data }) => resolve(data.code),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    }),
  );
}

export const egret = new Egret({
  server: settings.server,
  transport: wechatTransport(),
  login: settings.demoAccount ? demoLogin : wechatLogin,
  language,
});
