// What a score opens, and for each the ordinary way that needs none.

import { refused, type BenefitsQuery, type PassShownFragment } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { clock } from "../../shared/format";
import { begin, run, showRefusal, toJoin, type Tap } from "../../shared/page";

type Mine = NonNullable<NonNullable<BenefitsQuery["me"]>["benefits"]>["edges"][number]["node"];

function row({ benefit, shortBy, eligible }: Mine) {
  const t = words().benefits;
  const label = benefit.label.text;
  return {
    code: benefit.code,
    eligible,
    label,
    terms: fill(t.terms, { partner: benefit.partner.text, terms: benefit.terms.text }),
    ordinary: fill(t.ordinary, { route: benefit.ordinaryRoute.text }),
    short: fill(t.short, { points: shortBy }),
    showFor: fill(t.showFor, { label }),
    howFor: fill(t.howFor, { label }),
  };
}

type Row = ReturnType<typeof row>;

/** The pass that can be shown now. */
function active(passes: PassShownFragment[]) {
  const pass = passes.find(({ state }) => state === "ACTIVE");
  if (pass === undefined) return null;
  const t = words().benefits;
  const more = fill(t.activeMore, { label: pass.benefit.label.text, time: clock(pass.expiresAt) });
  return { id: pass.id, more, shown: fill(words().score.firstShown, { text: t.active, more }) };
}

Component({
  data: {
    t: words().benefits,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    openHead: "",
    active: null as ReturnType<typeof active>,
    ready: [] as Row[],
    far: [] as Row[],
  },

  methods: {
    async onShow(): Promise<void> {
      begin(this, "benefits");
      await run(this, async () => {
        const me = await egret.benefits();
        if (me === null) return toJoin();
        const rows = (me.benefits?.edges ?? []).map(({ node }) => row(node));
        const ready = rows.filter(({ eligible }) => eligible);
        this.setData({
          openHead: fill(words().benefits.open, { count: ready.length }),
          active: active((me.passes?.edges ?? []).map(({ node }) => node)),
          ready,
          far: rows.filter(({ eligible }) => !eligible),
        });
      });
    },

    async issue(event: Tap<{ benefit: string }>): Promise<void> {
      await run(this, async () => {
        const answer = await egret.issuePass(event.currentTarget.dataset.benefit);
        if (refused(answer)) return showRefusal(this, answer);
        await wx.navigateTo({ url: `/pages/pass/pass?id=${answer.pass.id}` });
      });
    },

    open(event: Tap<{ id: string }>) {
      wx.navigateTo({ url: `/pages/pass/pass?id=${event.currentTarget.dataset.id}` });
    },

    how() {
      wx.navigateTo({ url: "/pages/what-if/what-if" });
    },
  },
});
