// What is the person's own: trying out, history, who looked, optional items, the data, and the way out.
import assert from "node:assert/strict";
import { done, given, keep, phoneOf } from "./story.mjs";

const screen = phoneOf(given.openid);
const { phone } = screen;

await screen.open("pages/score/score");
const { value } = screen.data.score;
await screen.tap("试算");
assert.equal(await screen.follow(), "pages/what-if/what-if");
const step = screen.data.steps.find(({ points }) => points.startsWith("+"));
await screen.tap(step.label);
assert.equal(screen.data.result.value, value + Number(step.points), "one step gives what it says");
keep(screen, "what-if");
await screen.tap(step.label);
assert.equal(screen.data.result, null);

await screen.open("pages/privacy/privacy");
const optional = screen.data.items[0];
await screen.choose(optional.label, false);
assert.match(screen.text(), new RegExp(`${optional.label}：已关闭`));
await screen.choose(optional.label, true);
assert.match(screen.text(), new RegExp(`${optional.label}：计分。您现在的分数是 ${value}`));
await screen.tap("暂停计算");
assert.match(screen.text(), /已暂停计算，凭证作废/);
await screen.tap("恢复计算");
assert.match(screen.text(), /已恢复计算/);
keep(screen, "privacy");
phone.refuses = "fail api scope is not declared in the privacy agreement";
await screen.tap("复制数据链接");
assert.match(screen.text(), /（setClipboardData:fail api scope is not declared/);
phone.refuses = "";
await screen.tap("复制数据链接");
const { status, headers } = await fetch(phone.copied, { redirect: "manual" });
assert.ok(
  status === 303 && headers.get("location").includes("oauth2"),
  "the copied link opens in WeChat, for its owner",
);
assert.match(screen.text(), /请在微信里打开/);

await screen.tap("信用修复");
assert.equal(await screen.follow(), "pages/repairs/repairs");
await screen.tap("申请修复");
await screen.tap("提交申请");
assert.match(screen.text(), /请选择办完的日期/);
await screen.choose("哪天办完的", screen.data.limits.today);
await screen.type("用您自己的话说明", "罚款已缴，回执 0012");
keep(screen, "repairs");
await screen.tap("提交申请");
assert.match(screen.text(), /已提交，编号 R-\d{4}-\d{6}/);
await screen.tap("撤回申请");
assert.match(screen.text(), /已撤回/);

await screen.open("pages/privacy/privacy");
await screen.tap("我的消息");
assert.equal(await screen.follow(), "pages/notices/notices");
const optionalKind = screen.data.kinds.find(({ required }) => !required);
await screen.choose(optionalKind.label, false);
assert.match(screen.text(), new RegExp(`${optionalKind.label}：不接收`));
await screen.open("pages/notices/notices");
assert.equal(screen.data.kinds.find(({ code }) => code === optionalKind.code).on, false, "a choice is kept");
assert.ok(screen.data.kinds.some(({ required }) => required));
keep(screen, "notices");

await screen.open("pages/privacy/privacy");
await screen.tap("谁看过我的数据");
assert.equal(await screen.follow(), "pages/looks/looks");
assert.match(screen.text(), /您本人\n查看分数/);
assert.match(screen.text(), /索取数据/);
keep(screen, "looks");
await screen.open("pages/history/history");
assert.ok(screen.data.rows.length >= 1);
keep(screen, "history");

phone.offline = true;
await screen.open("pages/score/score");
assert.match(screen.text(), /网络不太顺畅/);
phone.offline = false;

await screen.open("pages/leave/leave");
await screen.tap("确认退出");
assert.match(screen.data.error, /还没有退出/);
await screen.tap("我明白数据删除后无法恢复");
keep(screen, "leave");
await screen.tap("确认退出");
assert.match(screen.text(), /已退出，您的数据已永久删除/);
await screen.tap("返回");
assert.equal(await screen.follow(), "pages/join/join");
done({ value, optional: optional.label });
