// urql with its default exchanges: the document cache, persisted queries, events over the same address.
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { api, check, code, disputable, done, send, within } from "./steps.mjs";

let token;
const client = new Client({
  url: api,
  exchanges: [cacheExchange, persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange],
  fetchSubscriptions: true,
  fetchOptions: () => ({ headers: token ? { authorization: `Bearer ${token}` } : {} }),
});

const answer = (result) => {
  check("no error", !result.error, String(result.error));
  return result.data;
};
const change = async (query, input) => Object.values(answer(await client.mutation(query, input ? { input } : {}).toPromise()))[0];
const ask = async (query, variables = {}, context = {}) => answer(await client.query(query, variables, context).toPromise());

const LOG_IN = gql`mutation LogIn($input: LogInInput!) { logIn(input: $input) {
  __typename ... on LogInSuccess { session { token } } ... on Refusal { refusalCode } } }`;
const HOME = gql`query Home { me { id score { id value } records(first: 50) { edges { node { id points disputed } } } } }`;
const LINES = gql`query Lines($after: String) { me { score { lines(first: 1, after: $after) {
  edges { node { points } } pageInfo { hasNextPage endCursor } } } } }`;
const UPLOAD = gql`mutation Upload { openEvidenceUpload { __typename ... on OpenEvidenceUploadSuccess { upload { url } } } }`;
const OPEN = gql`mutation Open($input: OpenDisputeInput!) { openDispute(input: $input) {
  __typename ... on OpenDisputeSuccess { dispute { id number } citizen { id score { id value } } }
  ... on Refusal { refusalCode message { text } } } }`;
const WITHDRAW = gql`mutation Withdraw($input: WithdrawDisputeInput!) { withdrawDispute(input: $input) {
  __typename ... on WithdrawDisputeSuccess { dispute { id state } } } }`;

token = (await change(LOG_IN, { code: await code() })).session.token;
const { me } = await ask(HOME);
let after = null;
let sum = 0;
let pages = 0;
do {
  const { lines } = (await ask(LINES, { after })).me.score;
  sum += lines.edges.reduce((total, { node }) => total + node.points, 0);
  after = lines.pageInfo.hasNextPage ? lines.pageInfo.endCursor : null;
  pages += 1;
} while (after);
check("the lines of all pages sum to the score", sum === me.score.value, [sum, me.score.value]);

const heard = new Promise((resolve, reject) => {
  client.subscription(gql`subscription Changed { disputeChanged { id number state } }`, {}).subscribe((result) => {
    if (result.error) reject(result.error);
    else resolve(result.data.disputeChanged);
  });
});
const { url } = (await change(UPLOAD)).upload;
const recordId = disputable(me.records.edges.map(({ node }) => node));
const evidence = await send(url);
const filed = await change(OPEN, { recordId, reason: "WRONG_FACTS", words: "写错了，请核对。", evidence });
check("filed", filed.dispute, filed);
const after_ = (await ask(HOME)).me.score.value;
check("what the cache held was asked again", after_ === filed.citizen.score.value && after_ !== me.score.value, [after_, me.score.value]);
await change(WITHDRAW, { id: filed.dispute.id });
check("it is heard of", (await within(20, "disputeChanged", heard)).id === filed.dispute.id);
done({ client: "@urql/core", pages, dispute: filed.dispute.number });
