// What others would write in Node: mercurius with its JIT, the score kept in plain. Only measured against.
//   node deploy/bench/api/mercurius.mjs PORT MONGODB_URI DATABASE TOKEN_KEY
import { createHmac, timingSafeEqual } from "node:crypto";
import Fastify from "fastify";
import mercurius from "mercurius";
import { MongoClient } from "mongodb";

const [port, uri, name, key] = process.argv.slice(2);
const client = await new MongoClient(uri, { readConcernLevel: "majority" }).connect();
const database = client.db(name);

function subject(token) {
  const [header, claims, signature] = token.split(".");
  const expected = createHmac("sha256", key).update(`${header}.${claims}`).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, "base64url"))) throw new Error("token");
  const { sub, exp, aud } = JSON.parse(Buffer.from(claims, "base64url"));
  if (exp * 1000 < Date.now() || ![aud].flat().includes("egret")) throw new Error("token");
  return sub;
}

const app = Fastify();
app.register(mercurius, {
  schema: `
    type Query { me: Citizen }
    type Citizen { score: Score! }
    type Score { value: Int!, band: Band! }
    type Band { code: String! }
  `,
  resolvers: {
    Query: {
      me: async (_source, _args, { reply }) => {
        const hash = subject(reply.request.headers.authorization.slice("Bearer ".length));
        return database.collection("citizens").findOne({ "contacts.hash": hash }, { projection: { _id: 1 } });
      },
    },
    Citizen: { score: (citizen) => database.collection("plain_scores").findOne({ _id: citizen._id }) },
  },
  jit: 1,
  path: "/score",
});
await app.listen({ port: Number(port), host: "127.0.0.1" });
