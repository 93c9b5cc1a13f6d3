// A dispute with a photo: filed, heard of as the desk works on it, over a line that breaks and one that never opens.
import assert from "node:assert/strict";
import { desk, done, given, keep, phoneOf } from "./story.mjs";

const screen = phoneOf(given.openid);
const { phone } = screen;

await screen.open("pages/disputes/disputes");
await screen.tap("看我的记录");
await screen.follow();
while (screen.has("看更多")) await screen.tap("看更多");
const before = Number(screen.data.sum.match(/\d+/)[0]);
const row = screen.data.rows.find(({ record, points }) => record && points !== "0");
await screen.tap(row.label);
assert.equal(await screen.follow(), "pages/record/record");
assert.match(screen.text(), /依据/);
keep(screen, "record");
await screen.tap("提异议");
assert.equal(await screen.follow(), "pages/file/file");

await screen.tap("提交异议");
assert.ok(screen.data.errors.reason && screen.data.errors.words, "what is missing is said at its place");
await screen.choose("原因是哪一种？", 1);
await screen.type("用您自己的话说明", "字".repeat(501));
await screen.tap("提交异议");
assert.match(screen.data.errors.words, /500/, "too many words are refused at their field");
await screen.type("用您自己的话说明", "这不是我的记录，请核对照片上的日期。");
assert.match(screen.text(), /18 \/ 500 字/);
phone.refuses = "fail api scope is not declared in the privacy agreement";
await screen.tap("添加照片");
assert.match(
  screen.text(),
  /没有成功，请稍后再试。（chooseMedia:fail api scope is not declared/,
  "and why no photo is chosen",
);
phone.refuses = "fail cancel";
await screen.tap("添加照片");
assert.ok(!/没有成功/.test(screen.text()), "nothing is said where the person chose none");
phone.refuses = "";
phone.photo = new URL("package.json", import.meta.url).pathname;
await screen.tap("添加照片");
assert.match(screen.text(), /这张照片打不开/, "what is no photo is refused where it was chosen");
phone.photo = given.photo;
await screen.tap("添加照片");
assert.ok(screen.has("移除照片 1"));
assert.ok(!/这张照片打不开/.test(screen.text()));
await screen.tap("添加照片");
await screen.tap("移除照片 2");
assert.equal(screen.data.evidence.length, 1);
keep(screen, "file");
await screen.tap("提交异议");
assert.equal(await screen.follow(), "pages/dispute/dispute");
await screen.until(({ data }) => data.dispute, "the dispute");
const { number } = screen.data.dispute;
assert.equal(screen.data.dispute.evidence.length, 1);
assert.equal(screen.data.state, "已受理");

const ask = await desk("agent", given.agent);
const found = async () => {
  const cases = await ask("cases");
  return cases.edges.map(({ node }) => node).find(({ dispute }) => dispute.number === number);
};
const { id } = await found();
await ask("claimCase", { id });
await screen.until(({ data }) => data.state === "核查中", "the desk's claim, by the socket");
assert.match(screen.text(), /有新进展：核查中/);
keep(screen, "dispute");

phone.sockets.at(-1).terminate();
const { revision } = await found();
const question = "请补充拍照的日期。";
await ask("askCitizen", { id, revision, question });
await screen.until(({ data }) => data.state === "等您补充", "the question, after the line broke");
assert.match(screen.text(), /请补充拍照的日期/);
keep(screen, "dispute-asked");

phone.noSockets = true;
phone.sockets.at(-1).terminate();
await screen.tap("发送补充");
assert.ok(screen.data.errors.words, "an empty answer is refused at its field");
await screen.type("您的回答", "照片拍于八月一日。");
await screen.tap("发送补充");
assert.match(screen.text(), /已收到您的补充/);
await ask("releaseCase", { id });
await screen.until(({ data }) => data.dispute.events.at(-1).action === "RELEASE", "the release, by asking again");

phone.noSockets = false;
await screen.tap("撤回异议");
assert.match(phone.questions.at(-1), /恢复计分/);
assert.equal(screen.data.state, "已撤回");
assert.match(screen.text(), new RegExp(`您现在的分数是 ${before}`));
assert.ok(!screen.has("撤回异议"));
screen.leave();
await screen.open("pages/disputes/disputes");
assert.match(screen.text(), /已撤回/);
done({ number, sockets: phone.sockets.length });
