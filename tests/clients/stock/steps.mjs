// What every story shares besides its client: the simulator's half of a login, and where things are.
import { readFileSync } from "node:fs";
import { buildSchema } from "graphql";

const [base, openid, photo] = process.argv.slice(2);
export const api = `${base}/graphql`;
export const sockets = api.replace("http", "ws");
export const SDL = new URL("../../../schema/schema.graphql", import.meta.url).pathname;

/** A code as `wx.login` gives it. */
export async function code() {
  const response = await fetch(`${base}/simulator/login-code?openid=${openid}`);
  return (await response.json()).code;
}

/** Sends the photo to the address that `openEvidenceUpload` gave; the ids to file a dispute with. */
export async function send(url) {
  const response = await fetch(url, { method: "PUT", body: readFileSync(photo) });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()).evidence.map((one) => one.id);
}

/** By interface and union, the types that can stand there: what caches need for fragments on `Refusal`. */
export function possibleTypes() {
  const schema = buildSchema(readFileSync(SDL, "utf8"));
  const abstract = Object.values(schema.getTypeMap()).filter((type) => "resolveType" in type);
  return Object.fromEntries(abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]));
}

/** The first record that counts and that no dispute is about. */
export const disputable = (records) => records.find((record) => record.points && !record.disputed).id;

export function check(what, ok, told) {
  if (!ok) throw new Error(`${what}: ${JSON.stringify(told)}`);
}

/** A promise that fails when its time is over. */
export function within(seconds, what, promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`${what}: nothing came`)), seconds * 1000));
  return Promise.race([promise, late]);
}

export function done(told) {
  console.log(JSON.stringify(told));
  process.exit(0);
}
