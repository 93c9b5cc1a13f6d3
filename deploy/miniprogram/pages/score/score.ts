// The score: its value, what matters first, why it is what it is.

import type { ScoreQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { first, type First } from "../../shared/first";
import { day, shortDay, signed } from "../../shared/format";
import { begin, run, toJoin, type Tap } from "../../shared/page";

type Score = NonNullable<ScoreQuery["me"]>["score"];

/** Every line that takes points, then what gives most. */
function reasons(score: Score) {
  const losses = (score.lines?.edges ?? []).map(({ node }) => node).filter(({ points }) => points < 0);
  const gains = score.reasons.filter(({ points }) => points > 0);
  return [...losses, ...gains].map(({ label, points }, key) => ({ key, label: label.text, points: signed(points) }));
}

function parts(score: Score) {
  const t = words().score;
  return score.dimensions.map(({ code, label, value, floor, cap }) => {
    const ends = { floor: signed(floor), cap: signed(cap) };
    const shown = fill(t.partShown, { label: label.text, value: signed(value), ...ends });
    return { code, label: label.text, value, floor, cap, points: signed(value), range: fill(t.part, ends), shown };
  });
}

function changed({ change }: Score): string {
  if (change === null || change.points === 0) return "";
  return fill(words().score.changed, { day: shortDay(change.since), points: signed(change.points) });
}

Component({
  data: {
    t: words().score,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    name: "",
    score: null as Score | null,
    asOf: "",
    shown: "",
    changed: "",
    first: [] as First[],
    reasons: [] as ReturnType<typeof reasons>,
    parts: [] as ReturnType<typeof parts>,
  },

  methods: {
    async onShow(): Promise<void> {
      begin(this, "score");
      await this.load();
    },

    async onPullDownRefresh(): Promise<void> {
      await this.load();
      await wx.stopPullDownRefresh();
    },

    load(): Promise<void> {
      return run(this, async () => {
        const me = await egret.score();
        if (me === null) return toJoin();
        const { score } = me;
        const { value, lowest, highest } = score;
        const named = { name: score.scheme.name.text, band: score.band.label.text };
        this.setData({
          name: me.maskedName,
          score,
          asOf: fill(words().score.asOf, { day: day(score.asOf) }),
          shown: fill(words().score.shown, { value, lowest, highest, ...named }),
          changed: changed(score),
          first: first(me),
          reasons: reasons(score),
          parts: parts(score),
        });
      });
    },

    go(event: Tap<{ url: string }>) {
      const { url } = event.currentTarget.dataset;
      if (url === "/pages/privacy/privacy") wx.switchTab({ url });
      else wx.navigateTo({ url });
    },
  },
});
