// genql: questions written as objects, typed by what it made of the schema.
import { createClient } from "./made";
import { api, check, code, disputable, done, send } from "../steps.mjs";

async function story() {
let token: string | undefined;
const client = () => createClient({ url: api, headers: token ? { authorization: `Bearer ${token}` } : {} });

const { logIn } = await client().mutation({
  logIn: { __args: { input: { code: await code() } }, on_LogInSuccess: { session: { token: true } }, on_Refusal: { refusalCode: true } },
});
token = "session" in logIn ? logIn.session.token : undefined;

const { me } = await client().query({
  me: { score: { value: true }, records: { __args: { first: 50 }, edges: { node: { id: true, points: true, disputed: true } } } },
});
let after: string | null = null;
let sum = 0;
let pages = 0;
do {
  const page: any = await client().query({
    me: { score: { lines: { __args: { first: 1, after }, edges: { node: { points: true } }, pageInfo: { hasNextPage: true, endCursor: true } } } },
  });
  const { edges, pageInfo } = page.me.score.lines;
  sum += edges.reduce((total: number, { node }: any) => total + node.points, 0);
  after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  pages += 1;
} while (after);
check("the lines of all pages sum to the score", sum === me!.score.value, [sum, me!.score.value]);

const { openEvidenceUpload } = await client().mutation({ openEvidenceUpload: { on_OpenEvidenceUploadSuccess: { upload: { url: true } } } });
const evidence = await send("upload" in openEvidenceUpload ? openEvidenceUpload.upload.url : "");
const recordId = disputable(me!.records!.edges.map((edge: any) => edge.node));
const { openDispute } = await client().mutation({
  openDispute: {
    __args: { input: { recordId, reason: "NOT_MINE", words: "请核对。", evidence } },
    on_OpenDisputeSuccess: { dispute: { id: true, number: true }, citizen: { disputes: { totalCount: true } } },
    on_Refusal: { refusalCode: true },
  },
});
if (!("dispute" in openDispute)) throw new Error(JSON.stringify(openDispute));
const { withdrawDispute } = await client().mutation({
  withdrawDispute: { __args: { input: { id: openDispute.dispute.id } }, on_WithdrawDisputeSuccess: { dispute: { state: true } } },
});
check("withdrawn", "dispute" in withdrawDispute && withdrawDispute.dispute.state === "WITHDRAWN", withdrawDispute);
done({ client: "genql", pages, dispute: openDispute.dispute.number });
}

void story();
