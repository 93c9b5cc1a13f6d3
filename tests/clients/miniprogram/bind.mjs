// Somebody who takes no part yet: from the first page to the score, with every mistake that one makes.
import assert from "node:assert/strict";
import { codes, done, given, keep, phoneOf } from "./story.mjs";

const [name, idNumber, phone] = given.identity;
const openid = "mini-newcomer";
const screen = phoneOf(openid);

await screen.open("pages/score/score");
assert.equal(await screen.follow(), "pages/join/join");
assert.match(screen.text(), /自愿参加/);
await screen.tap("看授权书全文");
assert.match(screen.text(), /个人信息保护法/);
await screen.tap("收起全文");

await screen.tap("发送验证码");
assert.deepEqual(
  Object.values(screen.data.errors).map(Boolean),
  [true, true, true, true],
  "all that is missing is said at once",
);
await screen.type("姓名", name);
await screen.type("身份证号", `${idNumber.slice(0, -1)}Q`);
await screen.type("手机号", phone);
await screen.tap("我已了解并同意");
await screen.tap("发送验证码");
const mistyped = { ...screen.data.errors };
assert.ok(mistyped.idNumber && !mistyped.name && !mistyped.phone, "a mistake stands at its field");
keep(screen, "join-mistyped");
await screen.type("身份证号", idNumber);
keep(screen, "join");

await screen.tap("发送验证码");
assert.equal(await screen.follow(), "pages/code/code");
assert.match(screen.text(), /\d{3}\*{4}\d{4}/, "the phone is shown masked");
await screen.tap("手机号填错了");
assert.equal(await screen.follow(), "pages/join/join");
assert.equal(screen.data.form.name, name, "what was typed is still there");
await screen.tap("发送验证码");
assert.equal(await screen.follow(), "pages/code/code");

const [, second] = await codes(openid, phone, 2);
await screen.type("6 位验证码", second === "000000" ? "000001" : "000000");
await screen.tap("确认绑定");
assert.ok(screen.data.errors.code, "a wrong code is said at its field");
keep(screen, "code");
await screen.tap("没收到");
const resent = screen.data.notice;
const all = await codes(openid, phone, screen.data.bad ? 2 : 3);
await screen.type("6 位验证码", all.at(-1));
await screen.tap("确认绑定");
assert.equal(await screen.follow(), "pages/score/score");
const { score, first } = screen.data;
keep(screen, "score");

await screen.tap("每一分从哪来");
assert.equal(await screen.follow(), "pages/lines/lines");
let pages = 1;
for (; screen.has("看更多"); pages += 1) await screen.tap("看更多");
const number = (text) => Number(text.replace("−", "-"));
const sum = screen.data.rows.reduce((total, { points }) => total + number(points), 0);
assert.equal(sum, score.value, "the lines of all pages sum to the score");
screen.leave();
await screen.open("pages/lines/lines");
keep(screen, "lines");
done({ pages, value: score.value, resent, mistyped: mistyped.idNumber, first: first.map(({ text }) => text) });
