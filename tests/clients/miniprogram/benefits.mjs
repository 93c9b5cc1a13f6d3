// A pass for somebody whose score is enough, and a refusal with the ordinary way.
import assert from "node:assert/strict";
import jsqr from "jsqr";
import { done, given, keep, phoneOf } from "./story.mjs";

/** What a scanner reads from the picture, drawn with eight points a module. */
function scanned(address) {
  const svg = decodeURIComponent(address.split(",")[1]);
  const side = 29 * 8;
  const points = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y] of svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let n = 0; n < 64; n += 1) {
      const at = (((Number(y) + 4) * 8 + (n >> 3)) * side + (Number(x) + 4) * 8 + (n % 8)) * 4;
      points.fill(0, at, at + 3);
    }
  }
  return jsqr(points, side, side)?.data;
}

const screen = phoneOf(given.openid);
await screen.open("pages/benefits/benefits");
const { ready, far } = screen.data;
assert.ok(ready.length > 0 && far.length > 0, "this person can use some and not others");
assert.ok(
  [...ready, ...far].every(({ ordinary }) => ordinary.startsWith("普通渠道：")),
  "each has its ordinary way",
);
keep(screen, "benefits");

await screen.page.instance.issue({ currentTarget: { dataset: { benefit: far[0].code } } });
await screen.settled();
assert.match(screen.data.notice, /普通渠道/, "a refusal names the ordinary way");
await screen.tap(`出示凭证：${ready[0].label}`);
assert.equal(await screen.follow(), "pages/pass/pass");
const { code } = screen.data.pass;
assert.equal(scanned(screen.data.qr), code, "the picture holds the number");
assert.ok(!JSON.stringify(screen.data).includes('"value"'), "no score is on the page of a pass");
keep(screen, "pass");

const redeem =
  "mutation($input: RedeemPassInput!) { redeemPass(input: $input) { ... on RedeemPassSuccess { valid } } }";
const headers = { "content-type": "application/json", authorization: `Bearer ${given.partner}` };
const body = JSON.stringify({ query: redeem, variables: { input: { code } } });
const used = ready[0].code.startsWith("library")
  ? await (await fetch(`${given.base}/graphql`, { method: "POST", headers, body })).json()
  : null;
await screen.tap("刷新状态");
if (used) assert.equal(screen.data.state, "已使用", JSON.stringify(used));
screen.leave();
await screen.page.instance.onShow();
await screen.settled();
done({ code, used: used?.data.redeemPass.valid ?? null });
