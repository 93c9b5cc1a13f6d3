"use strict";
// Starts GraphiQL. A session's token goes into the Headers tab, and is not kept.
const WELCOME = `# Anybody may ask this. For more, sign in first, for example at the desk:
#   mutation { signIn(input: { account: "agent", password: "…" }) { ... on SignInSuccess { session { token } } } }
# and put the token into the Headers tab below: { "authorization": "Bearer …" }
{
  scheme {
    name { text }
    version
    rules(first: 5) { edges { node { code legalBasis points provenance } } }
  }
}
`;

async function start() {
  const schema = await (await fetch("/graphiql/schema.json")).json();
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
      schema,
      defaultQuery: WELCOME,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: "headers",
    }),
  );
}
start();
