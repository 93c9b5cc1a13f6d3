// The page of the score: bind once, then the score, its lines, benefits, and a pass.

import { Egret, refused } from "../../egret";
import type { RefusedFragment, ScoreQuery } from "../../generated";

const LINES = 20;
const egret = new Egret("https://egret.example/graphql");

type Form = WechatMiniprogram.FormSubmit;
type Tap = WechatMiniprogram.TouchEvent<Record<string, never>, Record<string, never>, { benefit: string }>;
type Me = NonNullable<ScoreQuery["me"]>;

interface Line {
  position: number;
  label: string;
  points: number;
  basis: string | null;
  until: string | null;
}

interface Benefit {
  code: string;
  label: string;
  eligible: boolean;
  shortBy: number;
  route: string;
}

function lines(me: Me): Line[] {
  const edges = me.score.lines?.edges ?? [];
  return edges.map(({ node }) => ({
    position: node.position,
    label: node.label.zh,
    points: node.points,
    basis: node.legalBasis,
    until: node.expiresOn,
  }));
}

/** Where the next page of lines begins; null after the last. */
function next(me: Me): string | null {
  const page = me.score.lines?.pageInfo;
  return page?.hasNextPage ? page.endCursor : null;
}

function score({ maskedName, score: s }: Me) {
  return {
    name: maskedName,
    value: s.value,
    lowest: s.lowest,
    highest: s.highest,
    band: s.band.label.zh,
    asOf: s.asOf,
    dimensions: s.dimensions.map((d) => ({ code: d.code, label: d.label.zh, value: d.value, floor: d.floor, cap: d.cap })),
  };
}

function sentence(refusal: RefusedFragment): string {
  const wait = "retryAfter" in refusal ? `（请在 ${refusal.retryAfter} 秒后再试）` : "";
  return refusal.message.text + wait;
}

Page({
  data: {
    notice: "",
    binding: "" as "" | "identity" | "code",
    consent: [] as string[],
    consentVersion: "",
    attempt: "",
    phone: "",
    score: null as ReturnType<typeof score> | null,
    lines: [] as Line[],
    more: null as string | null,
    benefits: [] as Benefit[],
    pass: null as { label: string; code: string; until: string } | null,
  },

  async onLoad() {
    const refusal = await egret.logIn();
    if (refusal) return this.setData({ notice: sentence(refusal) });
    return this.show();
  },

  async show() {
    const me = await egret.score(LINES);
    if (me === null) return this.askToJoin();
    const benefits = (await egret.benefits()).map(({ benefit, eligible, shortBy }) => ({
      code: benefit.code,
      label: benefit.label.zh,
      eligible,
      shortBy,
      route: benefit.ordinaryRoute.zh,
    }));
    return this.setData({ notice: "", binding: "", score: score(me), lines: lines(me), more: next(me), benefits });
  },

  async showMore() {
    const me = await egret.score(LINES, this.data.more);
    if (me === null) return;
    this.setData({ lines: [...this.data.lines, ...lines(me)], more: next(me) });
  },

  async askToJoin() {
    const { version, summary } = await egret.consentText();
    this.setData({ binding: "identity", consent: summary.map((point) => point.zh), consentVersion: version });
  },

  async startBinding(event: Form) {
    const { name, idNumber, phone } = event.detail.value as Record<"name" | "idNumber" | "phone", string>;
    const answer = await egret.startBinding({ consentVersion: this.data.consentVersion, name, idNumber, phone });
    if (refused(answer)) return this.setData({ notice: sentence(answer) });
    const { id, maskedPhone } = answer.attempt;
    return this.setData({ notice: "", binding: "code", attempt: id, phone: maskedPhone });
  },

  async confirmBinding(event: Form) {
    const { code } = event.detail.value as { code: string };
    const answer = await egret.confirmBinding(this.data.attempt, code);
    if (refused(answer)) return this.setData({ notice: sentence(answer) });
    return this.show();
  },

  async issuePass(event: Tap) {
    const answer = await egret.issuePass(event.currentTarget.dataset.benefit);
    if (refused(answer)) return this.setData({ notice: sentence(answer), pass: null });
    const { benefit, code, expiresAt } = answer.pass;
    return this.setData({ notice: "", pass: { label: benefit.label.zh, code: code ?? "", until: expiresAt } });
  },
});
