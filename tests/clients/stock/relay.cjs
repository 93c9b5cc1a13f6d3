// Relay: what its compiler made runs; a refetch by id, and a list that a refused dispute is not put into.
const { createClient } = require("graphql-ws");
const WebSocket = require("ws");
const R = require("relay-runtime");

const made = (name) => require(`./relay/__generated__/documents${name}.graphql.js`);

async function story({ api, sockets, check, code, disputable, done, send, within }) {
  let token;
  const ask = async ({ text }, variables) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    return (await fetch(api, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) })).json();
  };
  const listen = ({ text }, variables) => {
    const line = createClient({ url: sockets, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` } });
    return R.Observable.create((sink) => line.subscribe({ query: text, variables }, sink));
  };
  const environment = new R.Environment({
    network: R.Network.create(ask, listen),
    store: new R.Store(new R.RecordSource()),
  });
  const query = (name, variables = {}) => R.fetchQuery(environment, made(name), variables).toPromise();
  const change = (name, variables = {}) =>
    new Promise((onCompleted, onError) => {
      R.commitMutation(environment, { mutation: made(name), variables, onCompleted, onError });
    }).then((data) => Object.values(data)[0]);

  token = (await change("LogInMutation", { input: { code: await code() } })).session.token;
  const { me } = await query("HomeQuery", { count: 20 });
  const source = () => environment.getStore().getSource();
  const score = () => source().get(source().get(source().get(me.id).score.__ref).__id);
  const before = score().value;
  const id = score().id;
  const again = await query("ScoreRefetchQuery", { id });
  check("a score is fetched again by its id", again.node.__id === id || again.node.__typename === "Score", again);

  let after = null;
  let sum = 0;
  let pages = 0;
  do {
    const { lines } = (await query("LinesQuery", { after })).me.score;
    sum += lines.edges.reduce((total, { node }) => total + node.points, 0);
    after = lines.pageInfo.hasNextPage ? lines.pageInfo.endCursor : null;
    pages += 1;
  } while (after);
  check("the lines of all pages sum to the score", sum === before, [sum, before]);

  const heard = new Promise((onNext, onError) => {
    R.requestSubscription(environment, { subscription: made("ChangedSubscription"), variables: {}, onNext, onError });
  });
  const list = R.ConnectionHandler.getConnectionID(me.id, "documents_disputes");
  const listed = () => source().get(list).edges.__refs.length;
  const empty = listed();
  const { url } = (await change("UploadMutation")).upload;
  const recordId = disputable(me.records.edges.map(({ node }) => node));
  const input = { recordId, reason: "NOT_MINE", words: "这不是我的，请核对。", evidence: await send(url) };
  const filed = await change("OpenMutation", { input, connections: [list] });
  check("the dispute is put into the list", listed() === empty + 1 && filed.dispute, [filed, listed(), empty]);
  check("the score followed", score().value === filed.citizen.score.value && score().value !== before, [score().value, before]);
  const refused = await change("OpenMutation", { input: { ...input, evidence: [] }, connections: [list] });
  check("a refused one is not", refused.refusalCode === "DISPUTE_OPEN" && listed() === empty + 1, [refused, listed()]);
  await change("WithdrawMutation", { input: { id: filed.dispute.id } });
  check("it is heard of", (await within(20, "disputeChanged", heard)).disputeChanged.id === filed.dispute.id);
  done({ client: "relay-runtime", pages, dispute: filed.dispute.number });
}

import("./steps.mjs").then(story).catch((error) => {
  console.error(error);
  process.exit(1);
});
