// Logins and renewals whose answers are lost, without a server: node sign-in.mjs '{"built": FOLDER}'
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const { built } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const { Egret } = require(join(built, "client.js"));
const { fetchTransport } = require(join(built, "fetch.js"));
const { wechatTransport } = require(join(built, "wechat.js"));

const failed = {
  __typename: "PlainRefusal",
  refusalCode: "SIGN_IN_FAILED",
  inputField: null,
  message: { text: "No." },
};

/** A server that takes each code and each refresh token once, as ours does. `lost` counts answers of a kind to lose. */
function serve(lost, refuse = []) {
  const told = { sent: [], codes: 0 };
  const used = new Set();
  let made = 0;
  const session = (good) => {
    if (used.has(good) || refuse.includes(good)) return failed;
    used.add(good);
    made += 1;
    return { session: { token: `token-${made}`, refreshToken: `refresh-${made}` } };
  };
  const answer = (kind, { input }, token) => {
    if (kind === "logIn") return { data: { logIn: session(input.code) } };
    if (kind === "renewSession") return { data: { renewSession: session(input.refreshToken) } };
    if (token === told.over) return { errors: [{ message: "Over.", extensions: { code: "EXPIRED" } }] };
    return { data: { me: null } };
  };
  const request = async (_, { authorization }, body) => {
    const { query, variables } = JSON.parse(body);
    const kind = query.match(/logIn|renewSession/)?.[0] ?? "score";
    told.sent.push(kind);
    const said = JSON.stringify(answer(kind, variables, authorization?.replace("Bearer ", "")));
    if ((lost[kind] ?? 0) > 0 && lost[kind]--) throw new Error("lost");
    return { status: 200, body: said };
  };
  const login = async () => `code-${(told.codes += 1)}`;
  return { told, egret: new Egret({ server: "", transport: { request }, login }) };
}

let { told, egret } = serve({ logIn: 1 });
assert.equal(await egret.score(), null);
assert.deepEqual([told.sent, told.codes], [["logIn", "logIn", "score"], 2], "an answer to a login was lost");

({ told, egret } = serve({}, ["code-1"]));
assert.equal(await egret.score(), null);
assert.equal(told.codes, 2, "a code was refused");

({ told, egret } = serve({}, ["code-1", "code-2", "code-3"]));
await assert.rejects(egret.score(), { code: "SIGN_IN_FAILED" });
assert.equal(told.codes, 2, "two are enough");

({ told, egret } = serve({ logIn: 9 }));
await assert.rejects(egret.score(), { code: "OFFLINE" });
assert.deepEqual(told.sent, ["logIn", "logIn"]);

({ told, egret } = serve({ renewSession: 1, score: 1 }));
await egret.score();
assert.deepEqual(told.sent, ["logIn", "score", "score"], "anything else is sent once more as it is");
told.over = "token-1";
assert.equal(await egret.score(), null);
assert.deepEqual(told.sent.slice(3), ["score", "renewSession", "logIn", "score"], "an answer to a renewal was lost");

const waits = [];
globalThis.wx = { request: ({ timeout, fail }) => fail({ errMsg: String(waits.push(timeout)) }) };
await assert.rejects(wechatTransport().request("", {}, ""));
assert.deepEqual(waits, [15000], "WeChat waits a minute by itself");
AbortSignal.timeout = (ms) => (waits.push(ms), AbortSignal.abort());
await assert.rejects(fetchTransport().request("http://127.0.0.1:9", {}, ""), { name: "AbortError" });
assert.deepEqual(waits, [15000, 15000], "and fetch for ever");
console.log(JSON.stringify({ sent: told.sent.length }));
process.exit(0);
