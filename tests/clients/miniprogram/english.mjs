// The same phone in English, and back in Chinese by the switch. What a person wrote stays as it was written.
import assert from "node:assert/strict";
import { done, given, keep, phoneOf } from "./story.mjs";

const CHINESE = /[\u4e00-\u9fff]/;
const screen = phoneOf(given.openid, "en");
const { phone } = screen;
const chinese = () =>
  screen
    .text()
    .split("\n")
    .filter((line) => CHINESE.test(line) && !/\*|^中文$|^✓ 中文$/.test(line));

const { pages } = given;
const found = {};
for (const path of pages) {
  await screen.open(path);
  found[path] = chinese();
  assert.ok(!CHINESE.test(phone.title), phone.title);
}
await screen.open("pages/score/score");
assert.match(screen.text(), /Only you can see this/);
keep(screen, "score-english");
assert.deepEqual(phone.tabs, ["Score", "Benefits", "Disputes", "Me"]);

await screen.open("pages/privacy/privacy");
await screen.tap("中文");
assert.match(screen.text(), /只有您能看到/);
assert.deepEqual(phone.tabs, ["分数", "优惠", "异议", "我的"]);
await screen.tap("English");
assert.match(screen.text(), /Only you can see this/);
done(found);
