// What every story of a phone begins with: node STORY.mjs '{"app": …, "base": …, "photo": …, "pictures": …, …}'
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { html } from "./html.mjs";
import { Screen } from "./screen.mjs";
import { playWeChat } from "./wx.mjs";

export const given = JSON.parse(process.argv[2]);

/** A phone with the mini-program on it. */
export function phoneOf(openid, language = "zh_CN") {
  const phone = playWeChat({ base: given.base, photo: given.photo, openid, language });
  return new Screen(given.app, phone);
}

/** Keeps the page as it stands now, for its picture. */
export function keep(screen, name) {
  const { tabBar } = JSON.parse(readFileSync(join(given.app, "app.json"), "utf8"));
  mkdirSync(given.pictures, { recursive: true });
  writeFileSync(
    join(given.pictures, `${name}.html`),
    html(
      screen,
      tabBar.list.map(({ pagePath }) => pagePath),
    ),
  );
}

/** The codes in the text messages that this phone number got, once there are so many. */
export async function codes(openid, phone, count) {
  const events = await fetch(`${given.base}/simulator/events?openid=${openid}`);
  let heard = "";
  for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
    heard += chunk;
    const messages = [...heard.matchAll(/^event: sms\ndata: (.*)$/gm)].map((found) => JSON.parse(found[1]));
    const mine = messages.filter((message) => message.phone === phone);
    if (mine.length >= count) return mine.map(({ text }) => text.match(/\d{6}/)[0]);
  }
  throw new Error("no text message came");
}

/** Somebody of the desk: asks one of the documents in `desk/`, and fails where it is refused. */
export async function desk(account, secret) {
  let token = null;
  const ask = async (name, input) => {
    const query = readFileSync(new URL(`desk/${name}.graphql`, import.meta.url), "utf8");
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const body = JSON.stringify({ query, variables: { input } });
    const { data, errors } = await (await fetch(`${given.base}/graphql`, { method: "POST", headers, body })).json();
    const [answer] = Object.values(data ?? {});
    assert.ok(answer && !answer.refusalCode, JSON.stringify(errors ?? answer));
    return answer;
  };
  token = (await ask("signIn", { account, password: secret })).session.token;
  return ask;
}

export function done(told) {
  console.log(JSON.stringify(told));
  process.exit(0);
}
