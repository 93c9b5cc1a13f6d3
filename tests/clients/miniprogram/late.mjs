// Pages whose answers come late, in the order that this story lets them come; no server is asked.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { done, given, phoneOf } from "./story.mjs";

const screen = phoneOf("nobody");
const { egret } = createRequire(import.meta.url)(join(given.app, "shared", "egret.js"));

/** Makes an operation wait; each call is answered, or fails, when the story says so. */
function late(name) {
  const calls = [];
  egret[name] = (...asked) => new Promise((answer, fail) => calls.push({ asked, answer, fail }));
  return calls;
}

async function answer(call, result) {
  call.answer(result);
  await screen.settled();
}

/** A page of a list with these rows; there is more after it. */
const list = (nodes) => ({
  edges: nodes.map((node) => ({ node })),
  totalCount: 9,
  pageInfo: { hasNextPage: true, endCursor: "next" },
});
const text = (word) => ({ text: word });
const dispute = (id) => ({
  id,
  number: id,
  subject: text(id),
  state: "RECEIVED",
  determination: null,
  filedOn: "2026-08-01",
  dueOn: "2026-08-20",
  workingDaysLeft: 3,
});
const line = (position) => ({ position, label: text("One"), points: 1, source: null, record: null, expiresOn: null });
const LISTS = [
  ["disputes", "disputes", (n) => list([dispute(`D-${n}`)])],
  ["lines", "lines", (n) => ({ value: 700, lines: list([line(n)]), withheld: list([]) })],
  ["looks", "accessLog", (n) => list([{ at: `2026-08-0${n}T00:00:00Z`, role: "SELF", action: "SCORE", why: "" }])],
  ["history", "history", (n) => list([{ at: `2026-08-0${n}T00:00:00Z`, value: n, cause: "JOINED", reasons: [] }])],
];

/** Opens a page without waiting for what it asks first. */
async function open(url) {
  void screen.open(url);
  await new Promise((resolve) => setTimeout(resolve, 60));
}

for (const [page, operation, made] of LISTS) {
  const calls = late(operation);
  await open(`pages/${page}/${page}`);
  await answer(calls[0], made(1));
  const { instance } = screen.page;
  void instance.more();
  void instance.more(); // tapped twice before the button is gone
  await answer(calls[2], made(2));
  await answer(calls[1], made(2));
  const all = instance.data.all ?? instance.data.rows;
  assert.equal(all.length, 2, `${page}: the second page is there once`);
}

const calls = late("disputes");
await open("pages/disputes/disputes");
const { instance } = screen.page;
void instance.onShow();
assert.equal(calls.length, 2);
await answer(calls[0], LISTS[0][2](1));
assert.equal(instance.data.rows.length, 0, "an answer of an older round is dropped");
await answer(calls[1], LISTS[0][2](2));
assert.deepEqual(
  instance.data.rows.map(({ id }) => id),
  ["D-2"],
);
const shows = late("dispute");
const sends = late("supplyDispute");
const unheard = [];
egret.onDispute = (listener) => (unheard.push(listener), { stop: () => undefined });
const whole = {
  ...dispute("D-1"),
  state: "AWAITING_CITIZEN",
  question: "?",
  reason: "NOT_MINE",
  words: "",
  events: [],
};
const shown = { dispute: { ...whole, evidence: [] }, limits: { mostCharacters: 500, mostPhotos: 10 } };
await open("pages/dispute/dispute?id=D-1");
unheard[0].missed();
assert.ok(screen.data.busy);
await answer(shows[0], shown);
assert.ok(!screen.data.busy);
screen.page.instance.setData({ words: "Here." });
await screen.tap("发送补充");
assert.ok(screen.data.busy);
unheard[0].missed();
await answer(shows[1], shown);
assert.ok(screen.data.busy, "what the page asks by itself does not end what the person does");
await assert.rejects(screen.tap("发送补充"), /disabled/);
await answer(sends[0], shown);
assert.ok(!screen.data.busy);
assert.match(screen.text(), /已收到您的补充/);
unheard[0].missed();
await answer(shows[2], shown);
assert.match(screen.text(), /已收到您的补充/, "nor takes it away what was said");
unheard[0].missed();
shows[3].fail({ errMsg: "of another kind" });
await screen.settled();
assert.match(screen.text(), /没有成功，请稍后再试。（of another kind）/);
unheard[0].missed();
await answer(shows[4], shown);
assert.doesNotMatch(screen.text(), /没有成功/, "but for its own fault");
done({ pages: LISTS.length });
