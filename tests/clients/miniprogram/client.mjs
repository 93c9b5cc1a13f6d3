// The client package as a stranger uses it, installed from its archive: node client.mjs GIVEN, in the folder that has it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Egret, EgretFault, refused } from "egret-client";
import { fetchTransport } from "egret-client/fetch";

const given = JSON.parse(process.argv[2]);
const WebSocket = createRequire(given.tools)("ws"); // Node has one of its own from version 22 on
const login = async () =>
  (await (await fetch(`${given.base}/simulator/login-code?openid=${given.openid}`)).json()).code;

const asked = [];
const transport = fetchTransport({ WebSocket });
let lost = 0;
const counted = {
  ...transport,
  request: async (url, headers, body) => {
    asked.push({ headers, body: JSON.parse(body) });
    if (asked.length === given.spoil) headers = { ...headers, authorization: "Bearer of-another-time" };
    const answer = await transport.request(url, headers, body);
    if (lost-- > 0) throw new Error("the answer was lost on its way");
    return answer;
  },
};
const egret = new Egret({ server: given.base, transport: counted, login, language: () => "en" });

const me = await egret.score();
assert.equal(asked.filter(({ body }) => body.query.includes("logIn")).length, 1, "one silent login");
const [one, two] = await Promise.all([egret.score(), egret.disputes()]);
assert.ok(one && two, "a token that is good no more is renewed, once, and nobody notices");
assert.equal(asked.filter(({ body }) => body.query.includes("renewSession")).length, 1);

let sum = 0;
let after = null;
do {
  const { lines } = await egret.lines({ first: 3, after });
  sum += lines.edges.reduce((total, { node }) => total + node.points, 0);
  after = lines.pageInfo.hasNextPage ? lines.pageInfo.endCursor : null;
} while (after);
assert.equal(sum, me.score.value, "the lines of all pages sum to the score");

const heard = [];
const ready = new Promise((missed) => {
  const listening = egret.onDispute({ next: ({ disputeChanged }) => heard.push(disputeChanged), missed });
  setTimeout(() => listening.stop(), 8000).unref();
});
await ready;
const { lines } = await egret.lines({ first: 100 });
const { record } = lines.edges.map(({ node }) => node).find(({ record, points }) => record && points !== 0);
const unread = await egret.sendPhoto(new Blob(["no photo"]));
assert.ok(refused(unread) && unread.refusalCode === "PHOTO_NOT_READ" && /photo/.test(unread.message.text));
const { evidence } = await egret.sendPhoto(new Blob([readFileSync(given.photo)]));
lost = 1; // the dispute is filed, and the client sends it again without knowing: there is one, and the same answer
const filed = await egret.openDispute({ recordId: record.id, reason: "NOT_MINE", words: "请核对。", evidence });
assert.ok(!refused(filed), JSON.stringify(filed));
assert.equal(filed.dispute.evidence.length, 1);
const again = await egret.openDispute({ recordId: record.id, reason: "NOT_MINE", words: "请核对。", evidence: [] });
assert.ok(refused(again) && again.refusalCode === "DISPUTE_OPEN", "a refusal is a value");
assert.match(again.message.text, /dispute/, "and speaks the language that was asked for");
for (let n = 0; heard.length === 0 && n < 100; n += 1) await new Promise((resolve) => setTimeout(resolve, 50));
assert.equal(heard[0].id, filed.dispute.id, "it is heard of");

const keys = asked.map(({ headers, body }) => [/^mutation/.test(body.query), headers["idempotency-key"]]);
assert.ok(
  keys.every(([change, key]) => change === (key !== undefined)),
  "each change has a key, and nothing else",
);
const sent = keys.filter(([change]) => change).length;
assert.equal(
  new Set(keys.map(([, key]) => key).filter(Boolean)).size,
  sent - 1,
  "a key of its own, but for the one sent again",
);
await assert.rejects(egret.pass("none"), (fault) => fault instanceof EgretFault && fault.code === "NOT_FOUND");
assert.ok(!refused(await egret.withdrawDispute(filed.dispute.id)));
console.log(JSON.stringify({ sum, number: filed.dispute.number, heard: heard.length }));
process.exit(0);
