// How the score moved, the newest first, each time with its reason.

import type { HistoryQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { moment, signed } from "../../shared/format";
import { begin, round, run } from "../../shared/page";

const PAGE = 20;

type Assessment = NonNullable<NonNullable<HistoryQuery["me"]>["history"]>["edges"][number]["node"];

/** The change to the one before, which the list shows below; the very first has none. */
function change(assessment: Assessment, before: Assessment | undefined): string {
  const t = words().history;
  if (before === undefined) return t.joined;
  return assessment.value === before.value ? t.same : signed(assessment.value - before.value);
}

function row(assessment: Assessment, before: Assessment | undefined) {
  const told = {
    day: moment(assessment.at),
    value: assessment.value,
    change: change(assessment, before),
    cause: words().causes[assessment.cause],
  };
  const reasons = assessment.reasons.map(({ label, points }) => ({ label: label.text, points: signed(points) }));
  return { at: assessment.at, ...told, reasons, shown: fill(words().history.row, told) };
}

Component({
  data: {
    t: words().history,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    all: [] as Assessment[],
    rows: [] as ReturnType<typeof row>[],
    after: null as string | null,
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "history");
      await this.more();
    },

    more(): Promise<void> {
      return run(this, async () => {
        const newest = round(this);
        const history = await egret.history({ first: PAGE, after: this.data.after });
        if (!newest()) return;
        const all = [...this.data.all, ...(history?.edges ?? []).map(({ node }) => node)];
        const more = history?.pageInfo.hasNextPage ?? false;
        const shown = more ? all.slice(0, -1) : all; // the last one's change is known with the next page
        this.setData({
          all,
          rows: shown.map((one, index) => row(one, all[index + 1])),
          after: more ? (history?.pageInfo.endCursor ?? null) : null,
        });
      });
    },
  },
});
