// Trying out: choose what might happen and see the score that it would give. Nothing is written.

import type { StepInput, StepsQuery, WhatIfQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { day, signed } from "../../shared/format";
import { begin, round, run, toJoin, type Tap } from "../../shared/page";

type Step = NonNullable<NonNullable<StepsQuery["me"]>["steps"]>["edges"][number]["node"];
type Result = NonNullable<NonNullable<WhatIfQuery["me"]>["whatIf"]>;

interface Shown {
  key: string;
  label: string;
  more: string;
  points: string;
  chosen: boolean;
  input: StepInput;
}

function shown(step: Step): Shown {
  const t = words().whatIf;
  if (step.kind === "SETTLE" && step.record !== null) {
    const label = fill(t.settle, { label: step.label.text });
    return {
      key: step.record.id,
      label,
      more: t.settleMore,
      points: "",
      chosen: false,
      input: { settle: step.record.id },
    };
  }
  const { code } = step.rule;
  return {
    key: code,
    label: step.label.text,
    more: "",
    points: signed(step.points),
    chosen: false,
    input: { earn: code },
  };
}

/** What avoids a loss comes first. */
function sorted(steps: Step[]): Shown[] {
  return [...steps].sort((a, b) => Number(a.kind !== "SETTLE") - Number(b.kind !== "SETTLE")).map(shown);
}

function told({ value, points, band, opened }: Result) {
  const t = words().whatIf;
  const labels = opened.map(({ label }) => label.text).join(words().common.comma);
  return {
    value,
    text: fill(t.then, { value, points: signed(points), band: band.label.text }),
    opened: labels && fill(t.opened, { labels }),
  };
}

Component({
  data: {
    t: words().whatIf,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    lead: "",
    steps: [] as Shown[],
    turns: [] as string[],
    result: null as ReturnType<typeof told> | null,
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "whatIf");
      await run(this, async () => {
        const me = await egret.steps();
        if (me === null) return toJoin();
        const t = words().whatIf;
        const turns = (me.calendar?.edges ?? []).map(({ node: { on, value, points } }) =>
          fill(t.turn, { day: day(on), value, points: signed(points) }),
        );
        const steps = sorted((me.steps?.edges ?? []).map(({ node }) => node));
        this.setData({ lead: fill(t.lead, { value: me.score.value }), steps, turns });
      });
    },

    async choose(event: Tap<{ key: string }>): Promise<void> {
      const { key } = event.currentTarget.dataset;
      const steps = this.data.steps.map((step) => (step.key === key ? { ...step, chosen: !step.chosen } : step));
      this.setData({ steps });
      const chosen = steps.filter((step) => step.chosen).map(({ input }) => input);
      await run(this, async () => {
        const newest = round(this);
        const result = chosen.length > 0 ? await egret.whatIf(chosen) : null;
        if (!newest()) return;
        this.setData({ result: result && told(result) });
      });
    },
  },
});
