// graphql-ws and graphql-sse by themselves: both hear of a dispute, and both are told why they may not listen.
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import WebSocket from "ws";
import { api, check, code, disputable, done, send, sockets, within } from "./steps.mjs";

async function ask(query, input, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(api, { method: "POST", headers, body: JSON.stringify({ query, variables: { input } }) });
  return Object.values((await response.json()).data)[0];
}

const CHANGED = { query: "subscription { disputeChanged { id state } }" };
const token = (
  await ask("mutation($input: LogInInput!) { logIn(input: $input) { ... on LogInSuccess { session { token } } } }", { code: await code() })
).session.token;
const me = await ask("{ me { score { value lines { totalCount } } records(first: 50) { edges { node { id points disputed } } } } }", undefined, token);

const first = (subscribe) => new Promise((next, error) => subscribe({ next, error, complete: () => error(new Error("complete")) }));
const socket = createSocket({ url: sockets, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` } });
const events = createEvents({ url: api, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
const bySocket = within(20, "on the socket", first((sink) => socket.subscribe(CHANGED, sink)));
const byEvents = within(20, "as an event", first((sink) => events.subscribe(CHANGED, sink)));
await first((sink) => socket.subscribe({ query: "{ __typename }" }, sink));
await first((sink) => events.subscribe({ query: "{ __typename }" }, sink));

const upload = await ask("mutation { openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } } }", undefined, token);
const recordId = disputable(me.records.edges.map(({ node }) => node));
const OPEN = "mutation($input: OpenDisputeInput!) { openDispute(input: $input) { ... on OpenDisputeSuccess { dispute { id number } } ... on Refusal { refusalCode } } }";
const filed = await ask(OPEN, { recordId, reason: "OTHER", words: "请核对。", evidence: await send(upload.upload.url) }, token);
check("filed", filed.dispute, filed);
for (const heard of [await bySocket, await byEvents]) check("it is heard of", heard.data.disputeChanged.id === filed.dispute.id, heard);
const WITHDRAW = "mutation($input: WithdrawDisputeInput!) { withdrawDispute(input: $input) { ... on WithdrawDisputeSuccess { dispute { id } } } }";
await ask(WITHDRAW, { id: filed.dispute.id }, token);

const wrong = createSocket({ url: sockets, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: {} });
const closed = await first((sink) => wrong.subscribe(CHANGED, sink)).catch((error) => error);
check("a socket without a token is closed for a reason", closed.code === 4401 || closed[0]?.extensions?.code === "NOT_SIGNED_IN", String(closed.code));
const refused = await first((sink) => events.subscribe({ query: "subscription { nothing { id } }" }, sink));
check("an invalid document says why", refused.errors?.[0].message.includes("nothing"), refused);
done({ client: "graphql-ws, graphql-sse", dispute: filed.dispute.number, lines: me.score.lines.totalCount });
