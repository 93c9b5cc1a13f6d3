// An app with the client preset: fragments are masked, documents are typed, and only their hashes are sent.
import { graphql, useFragment } from "./made/index.js";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { api, check, code, disputable, done, send } from "../steps.mjs";

let token: string | undefined;

async function ask<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables?: Variables,
): Promise<Result> {
  const sha256Hash = ((document as any).__meta__?.hash as string).replace("sha256:", "");
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const body = JSON.stringify({ variables, extensions: { persistedQuery: { version: 1, sha256Hash } } });
  const answer = await (await fetch(api, { method: "POST", headers, body })).json();
  check("answered", answer.data && !answer.errors, answer);
  return answer.data;
}

const Face = graphql(`fragment Face on Score { value band { code label { text } } }`);
const LogIn = graphql(`mutation LogIn($input: LogInInput!) { logIn(input: $input) {
  __typename ... on LogInSuccess { session { token } } ... on Refusal { refusalCode } } }`);
const Home = graphql(`query Home { me { score { ...Face lines(first: 100) { edges { node { points } } } }
  records(first: 50) { edges { node { id points disputed } } } } }`);
const Upload = graphql(`mutation Upload { openEvidenceUpload { __typename ... on OpenEvidenceUploadSuccess { upload { url } } } }`);
const Open = graphql(`mutation Open($input: OpenDisputeInput!) { openDispute(input: $input) { __typename
  ... on OpenDisputeSuccess { dispute { id number } citizen { score { ...Face } } } ... on Refusal { refusalCode } } }`);
const Withdraw = graphql(`mutation Withdraw($input: WithdrawDisputeInput!) { withdrawDispute(input: $input) { __typename
  ... on WithdrawDisputeSuccess { dispute { state } } } }`);

const { logIn } = await ask(LogIn, { input: { code: await code() } });
if (logIn.__typename === "LogInSuccess") token = logIn.session.token;
const { me } = await ask(Home);
const score = useFragment(Face, me!.score);
check("the lines sum to the score", me!.score.lines!.edges.reduce((sum, { node }) => sum + node.points, 0) === score.value);
const { openEvidenceUpload } = await ask(Upload);
if (openEvidenceUpload.__typename !== "OpenEvidenceUploadSuccess") throw new Error(openEvidenceUpload.__typename);
const evidence = await send(openEvidenceUpload.upload.url);
const recordId = disputable(me!.records!.edges.map(({ node }) => node));
const { openDispute } = await ask(Open, { input: { recordId, reason: "NOT_MINE" as never, words: "请核对。", evidence } });
if (openDispute.__typename !== "OpenDisputeSuccess") throw new Error(JSON.stringify(openDispute));
check("the score followed", useFragment(Face, openDispute.citizen.score).value !== score.value);
const { withdrawDispute } = await ask(Withdraw, { input: { id: openDispute.dispute.id } });
check("withdrawn", withdrawDispute.__typename === "WithdrawDisputeSuccess");
done({ client: "client-preset", dispute: openDispute.dispute.number });
