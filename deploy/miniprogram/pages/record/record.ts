// One record: what it says, by which rule it counts, and how to object.

import type { RecordFactsFragment } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { day, signed } from "../../shared/format";
import { begin, run } from "../../shared/page";

interface Fact {
  name: string;
  value: string;
}

function counts({ countsFrom, expiresOn }: RecordFactsFragment): string {
  if (countsFrom === null) return "";
  const t = words().record;
  if (expiresOn === null) return fill(t.countsFrom, { from: day(countsFrom) });
  return fill(t.countsUntil, { from: day(countsFrom), until: day(expiresOn) });
}

function facts(record: RecordFactsFragment): Fact[] {
  const t = words().record;
  const all = [
    { name: t.source, value: record.source.label.text },
    { name: t.document, value: record.documentNumber },
    { name: t.occurred, value: day(record.occurredOn) },
    { name: t.counts, value: counts(record) },
    { name: t.amount, value: record.amount === null ? "" : fill(t.yuan, { amount: record.amount }) },
    { name: t.basis, value: record.rule.legalBasis },
  ];
  return all.filter(({ value }) => value !== "");
}

function points(record: RecordFactsFragment): string {
  const t = words().record;
  if (record.withheldReason !== null) return fill(t.pointsWhy, { why: words().withheldReasons[record.withheldReason] });
  return record.points === null ? t.pointsNone : fill(t.points, { points: signed(record.points) });
}

/** The server has the last word; what has no effect and is not about to have one needs no dispute. */
function disputable({ points: counted, withheldReason }: RecordFactsFragment): boolean {
  return withheldReason === "NOTICE_NOT_DUE" || (withheldReason === null && counted !== null && counted !== 0);
}

Component({
  data: {
    t: words().record,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    id: "",
    record: null as RecordFactsFragment | null,
    points: "",
    facts: [] as Fact[],
    disputable: false,
    progress: "",
  },

  methods: {
    onLoad({ id }: { id: string }) {
      begin(this, "record");
      this.setData({ id });
    },

    onShow(): Promise<void> {
      return run(this, async () => {
        const { record } = await egret.record(this.data.id);
        this.setData({
          record,
          points: points(record),
          facts: facts(record),
          disputable: disputable(record),
          progress: fill(words().record.progress, { number: record.dispute?.number ?? "" }),
        });
      });
    },

    dispute() {
      wx.navigateTo({ url: `/pages/file/file?id=${this.data.id}` });
    },

    progress() {
      wx.navigateTo({ url: `/pages/dispute/dispute?id=${this.data.record?.dispute?.id ?? ""}` });
    },
  },
});
