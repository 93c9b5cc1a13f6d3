// Apollo Client: one cache that follows a dispute and a new score by itself; persisted queries; sockets.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { api, check, code, disputable, done, possibleTypes, send, sockets, within } from "./steps.mjs";

let token;
const asked = [];
const http = new HttpLink({
  uri: api,
  fetch: (url, options) => {
    asked.push(JSON.parse(options.body));
    return fetch(url, options);
  },
});
const signed = new SetContextLink(({ headers }) => ({ headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) } }));
const persisted = new PersistedQueryLink({ sha256: (text) => createHash("sha256").update(text).digest("hex") });
const ws = new GraphQLWsLink(
  createClient({ url: sockets, webSocketImpl: WebSocket, connectionParams: () => ({ authorization: `Bearer ${token}` }) }),
);
const client = new ApolloClient({
  cache: new InMemoryCache({ possibleTypes: possibleTypes() }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    ws,
    ApolloLink.from([persisted, signed, http]),
  ),
});

const LOG_IN = gql`mutation LogIn($input: LogInInput!) { logIn(input: $input) {
  ... on LogInSuccess { session { token } } ... on Refusal { refusalCode message { text } } } }`;
const HOME = gql`query Home { me { id maskedName score { id value band { code } } } }`;
const DETAIL = gql`query Detail { me { id score { id asOf dimensions { code value } } } }`;
const LINES = gql`query Lines($after: String) { me { id score { id lines(first: 1, after: $after) {
  edges { cursor node { position points } } pageInfo { hasNextPage endCursor } } } } }`;
const RECORDS = gql`query Records { me { id records(first: 50) { edges { node { id points disputed } } } } }`;
const UPLOAD = gql`mutation Upload { openEvidenceUpload {
  ... on OpenEvidenceUploadSuccess { upload { url } } ... on Refusal { refusalCode } } }`;
const OPEN = gql`mutation Open($input: OpenDisputeInput!) { openDispute(input: $input) {
  ... on OpenDisputeSuccess {
    dispute { id number state evidence { id } } record { id disputed points } citizen { id score { id value } } }
  ... on DisputeOpenRefusal { dispute { id } } ... on Refusal { refusalCode message { text } } } }`;
const WITHDRAW = gql`mutation Withdraw($input: WithdrawDisputeInput!) { withdrawDispute(input: $input) {
  ... on WithdrawDisputeSuccess { dispute { id state } } ... on Refusal { refusalCode } } }`;
const CHANGED = gql`subscription Changed { disputeChanged { id number state } }`;
const SCORED = gql`subscription Scored { scoreChanged { id value } }`;

token = (await client.mutate({ mutation: LOG_IN, variables: { input: { code: await code() } } })).data.logIn.session.token;
check("the first question has a hash alone, and the next one no hash", asked[0].query === undefined && asked[1].query, asked);

const { data: home } = await client.query({ query: HOME });
await client.query({ query: DETAIL });
check("two components on `me` keep each other's fields", client.readQuery({ query: HOME })?.me.maskedName === home.me.maskedName);
check("and both", client.readQuery({ query: DETAIL })?.me.score.asOf);

let after = null;
let sum = 0;
let pages = 0;
do {
  const page = (await client.query({ query: LINES, variables: { after } })).data.me.score.lines;
  sum += page.edges.reduce((total, { node }) => total + node.points, 0);
  after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  pages += 1;
} while (after);
check("the lines of all pages sum to the score", sum === home.me.score.value, [sum, home.me.score.value]);

const listen = (query, what) =>
  within(20, what, new Promise((next, error) => client.subscribe({ query }).subscribe({ next: ({ data }) => next(data), error })));
const changed = listen(CHANGED, "disputeChanged");
const scored = listen(SCORED, "scoreChanged");
await new Promise((resolve, reject) => {
  ws.client.subscribe({ query: "{ __typename }" }, { next: resolve, error: reject, complete() {} });
}); // an answer on the same socket: both are listened to

const { data: listed } = await client.query({ query: RECORDS });
const recordId = disputable(listed.me.records.edges.map(({ node }) => node));
const { data: opened } = await client.mutate({ mutation: UPLOAD });
const evidence = await send(opened.openEvidenceUpload.upload.url);
const input = { recordId, reason: "NOT_MINE", words: "这不是我的，请核对。", evidence };
const { openDispute } = (await client.mutate({ mutation: OPEN, variables: { input } })).data;
check("the dispute is filed with its photo", openDispute.dispute?.evidence.length === 1, openDispute);
const cached = client.readQuery({ query: HOME }).me.score.value;
const fresh = (await client.query({ query: HOME, fetchPolicy: "no-cache" })).data.me.score.value;
check("the cached score followed", cached === fresh && fresh !== home.me.score.value, [cached, fresh, home.me.score.value]);
check("the cached record followed", client.readQuery({ query: RECORDS }).me.records.edges.find(({ node }) => node.id === recordId).node.disputed);
check("it is heard of", (await changed).disputeChanged.id === openDispute.dispute.id);
check("the new score is heard of, and cached", (await scored).scoreChanged.value === fresh);

const again = (await client.mutate({ mutation: OPEN, variables: { input: { ...input, evidence: [] } } })).data.openDispute;
check("a second one is refused with the first", again.refusalCode === "DISPUTE_OPEN" && again.dispute.id === openDispute.dispute.id, again);
await client.mutate({ mutation: WITHDRAW, variables: { input: { id: openDispute.dispute.id } } });
done({ client: "@apollo/client", pages, score: home.me.score.value, after: fresh, dispute: openDispute.dispute.number });
