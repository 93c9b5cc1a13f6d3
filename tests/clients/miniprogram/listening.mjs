// One subscription over lines that break or refuse, without a server: node listening.mjs '{"built": FOLDER}'
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const { built } = JSON.parse(process.argv[2]);
const { Listening } = createRequire(import.meta.url)(join(built, "listening.js"));
const PACE = { again: 20, longest: 160 };
const ACK = { type: "connection_ack" };
const NEXT = { type: "next", id: "1", payload: { data: { seen: true } } };
const refusal = (code) => ({ type: "error", id: "1", payload: [{ message: "No.", extensions: { code } }] });
const passed = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Listens for a while. `answer` says what a line does once it is subscribed to: messages, then a code to close with. */
async function listen(answer, ms) {
  const told = { lines: [], missed: [], heard: 0, tokens: [] };
  const begun = Date.now();
  const transport = {
    connect(_, events) {
      const number = told.lines.push(Date.now() - begun);
      let open = true;
      const close = (code) => {
        if (open) setTimeout(() => events.closed(code), 0);
        open = false;
      };
      const say = (message) => open && events.received(JSON.stringify(message));
      setTimeout(() => events.opened(), 0);
      return {
        send(text) {
          const { type, payload } = JSON.parse(text);
          if (type === "connection_init") told.tokens.push(payload.authorization.replace("Bearer ", ""));
          if (type === "connection_init") setTimeout(() => say(ACK), 0);
          if (type !== "subscribe") return;
          for (const one of answer(number)) setTimeout(() => (typeof one === "number" ? close(one) : say(one)), 2);
        },
        close: () => close(1000),
      };
    },
  };
  let held = 0;
  const session = {
    token: async () => `token-${held}`,
    renew: async (stale) => (stale === `token-${held}` ? `token-${(held += 1)}` : `token-${held}`),
  };
  const listener = { next: () => (told.heard += 1), missed: () => told.missed.push(Date.now() - begun) };
  const listening = new Listening(transport, "ws://none", session, { toString: () => "" }, listener, PACE);
  await passed(ms);
  listening.stop();
  const { length } = told.lines;
  await passed(2 * PACE.longest);
  assert.equal(told.lines.length, length, "nothing goes on after stop");
  return told;
}

const refused = await listen(() => [refusal("TOO_MUCH")], 700);
assert.ok(refused.lines.length >= 2 && refused.lines.length <= 5, `a refusal waits the longest: ${refused.lines}`);
assert.ok(refused.missed.length <= refused.lines.length, `once for each try: ${refused.missed}`);

const forbidden = await listen(() => [refusal("FORBIDDEN")], 700);
assert.deepEqual(forbidden.tokens, ["token-0", "token-1"], "a renewal that did not help is the end");
const closed = await listen(() => [4403], 700);
assert.deepEqual(closed.tokens, ["token-0", "token-1"], "also where the line is closed for it");
const helped = await listen((number) => (number === 1 ? [4401] : []), 700);
assert.deepEqual(helped.tokens, ["token-0", "token-1"], "and a renewal that helped is none");
const often = await listen((number) => (number < 4 ? [NEXT, 4401] : []), 700);
assert.deepEqual(often.tokens, ["token-0", "token-1", "token-2", "token-3"], "a session is over now and then");

const broken = await listen((number) => (number === 1 ? [1006] : []), 120);
assert.equal(broken.lines.length, 2);
assert.equal(broken.missed.length, 2, "what was missed is asked for once the line is there again");
const heard = await listen((number) => (number === 1 ? [1006] : [NEXT]), 120);
assert.equal(heard.heard, 1);
assert.equal(heard.missed.length, 2, "with the first news as well, once");

const short = await listen(() => [1006], 700); // 20, 40, 80, 160, 160 … milliseconds
assert.ok(short.lines.length <= 8, `a line that breaks at once is a failure: ${short.lines}`);
const lively = await listen(() => [NEXT, 1006], 600);
assert.ok(lively.lines.length >= 7, `one that was heard is none: ${lively.lines}`);
console.log(JSON.stringify({ lines: refused.lines.length }));
process.exit(0);
