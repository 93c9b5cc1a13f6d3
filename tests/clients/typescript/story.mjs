// Runs the compiled page as WeChat would, against a demo: node story.mjs BUILD BASE OPENID NAME ID_NUMBER PHONE
// Prints what the page shows after each step, one JSON object a line.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [build, base, openid, name, idNumber, phone] = process.argv.slice(2);
const PRODUCTION = "https://egret.example";

globalThis.wx = {
  login: ({ success, fail }) =>
    fetch(`${base}/simulator/login-code?openid=${openid}`)
      .then((response) => response.json())
      .then(success, (error) => fail({ errMsg: String(error) })),
  request: ({ url, method, header, data, success, fail }) =>
    fetch(url.replace(PRODUCTION, base), { method, headers: header, body: JSON.stringify(data) })
      .then(async (response) => success({ statusCode: response.status, data: await response.json() }))
      .catch((error) => fail({ errMsg: String(error) })),
};

const page = { setData: (change) => Object.assign(page.data, change) };
globalThis.Page = (options) => Object.assign(page, options);
createRequire(import.meta.url)(resolve(build, "pages/score/score.js"));

/** The next text message of the phone that the simulator plays; listening starts when this is called. */
async function textMessage() {
  const events = await fetch(`${base}/simulator/events?openid=${openid}`);
  let heard = "";
  for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
    heard += chunk;
    const codes = [...heard.matchAll(/^event: sms\ndata: (.*)$/gm)].map((found) => JSON.parse(found[1]));
    const mine = codes.filter((message) => message.phone === phone).at(-1);
    if (mine) return mine.text.match(/\d{6}/)[0];
  }
  throw new Error("no text message came");
}

const show = (step) => console.log(JSON.stringify({ step, ...page.data }));
const typed = (value) => ({ detail: { value } });

await page.onLoad();
show("opened");
await page.startBinding(typed({ name, idNumber: idNumber.slice(0, -1) + "?", phone }));
show("mistyped");
await page.startBinding(typed({ name, idNumber, phone }));
show("asked");
await page.confirmBinding(typed({ code: await textMessage() }));
show("bound");
const open = page.data.benefits.find((benefit) => benefit.eligible);
const closed = page.data.benefits.find((benefit) => !benefit.eligible);
for (const benefit of [open, closed].filter(Boolean)) {
  await page.issuePass({ currentTarget: { dataset: { benefit: benefit.code } } });
  show(benefit.eligible ? "pass" : "no pass");
}
process.exit(0);
