// A decision that leaves the record as it is: heard of, read as a letter, and looked at again.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { desk, done, given, keep, phoneOf } from "./story.mjs";

const screen = phoneOf(given.openid);
const { egret } = createRequire(import.meta.url)(join(given.app, "shared/egret.js"));

const { lines } = await egret.lines({ first: 100 });
const { record } = lines.edges.map(({ node }) => node).find((line) => line.record && line.points !== 0);
const { dispute } = await egret.openDispute({
  recordId: record.id,
  reason: "WRONG_FACTS",
  words: "日期不对，请核对。",
  evidence: [],
});

await screen.open(`pages/letter/letter?id=${dispute.id}`);
assert.match(screen.text(), /还没有答复书/);
screen.leave();
await screen.open(`pages/dispute/dispute?id=${dispute.id}`);
await screen.until(({ data }) => data.dispute, "the dispute");

const ask = await desk("agent", given.agent);
const found = async () => {
  const cases = await ask("cases");
  return cases.edges.map(({ node }) => node).find((one) => one.dispute.number === dispute.number);
};
const { id } = await found();
await ask("claimCase", { id });
const { revision } = await found();
await ask("decideCase", { id, revision, determination: "UPHELD", explanation: "已核对原始文书，日期无误。" });
await screen.until(({ data }) => data.state === "已答复", "the decision, by the socket");
assert.match(screen.text(), /记录属实，恢复计分/);
assert.ok(!screen.has("撤回异议"), "nothing is left to withdraw");
keep(screen, "decision");

await screen.tap("看答复书");
assert.equal(await screen.follow(), "pages/letter/letter");
assert.match(screen.text(), /已核对原始文书/);
assert.match(screen.text(), /可以申请复核一次，最晚/);
keep(screen, "letter");
screen.leave();

await screen.tap("申请复核");
assert.ok(screen.data.errors.words, "an appeal needs words");
await screen.type("哪里不对", "文书上的日期也是错的。");
await screen.tap("申请复核");
assert.match(screen.text(), /已受理复核/);
assert.equal(screen.data.dispute.appealed, true);
done({ events: screen.data.dispute.events.length, state: screen.data.state });
