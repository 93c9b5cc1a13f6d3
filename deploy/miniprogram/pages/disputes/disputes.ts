// The disputes that the person filed, the newest first.

import type { DisputeRowFragment } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { ENDED } from "../../shared/dispute";
import { egret } from "../../shared/egret";
import { shortDay } from "../../shared/format";
import { begin, round, run, toJoin, type Tap } from "../../shared/page";

const PAGE = 10;

function note(dispute: DisputeRowFragment): string {
  const t = words().disputes;
  const filed = fill(t.filed, { day: shortDay(dispute.filedOn) });
  if (dispute.determination !== null) return words().determinations[dispute.determination];
  if (ENDED.includes(dispute.state)) return filed;
  const due = fill(t.due, { day: shortDay(dispute.dueOn) });
  return [filed, due, fill(t.left, { days: dispute.workingDaysLeft })].join(words().common.comma);
}

function row(dispute: DisputeRowFragment) {
  const label = dispute.subject.text;
  const state = words().states[dispute.state];
  return {
    id: dispute.id,
    number: dispute.number,
    label,
    state,
    note: note(dispute),
    waits: dispute.state === "AWAITING_CITIZEN",
    shown: fill(words().disputes.row, { label, state }),
  };
}

Component({
  data: {
    t: words().disputes,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    rows: [] as ReturnType<typeof row>[],
    after: null as string | null,
  },

  methods: {
    async onShow(): Promise<void> {
      begin(this, "disputes");
      this.setData({ rows: [], after: null });
      await this.more();
    },

    more(): Promise<void> {
      return run(this, async () => {
        const newest = round(this);
        const found = await egret.disputes({ first: PAGE, after: this.data.after });
        if (!newest()) return;
        if (found === null) return toJoin();
        this.setData({
          rows: [...this.data.rows, ...found.edges.map(({ node }) => row(node))],
          after: found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null,
        });
      });
    },

    open(event: Tap<{ id: string }>) {
      wx.navigateTo({ url: `/pages/dispute/dispute?id=${event.currentTarget.dataset.id}` });
    },

    records() {
      wx.navigateTo({ url: "/pages/lines/lines" });
    },
  },
});
