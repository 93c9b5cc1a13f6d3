// Every line of the score, page after page; they sum to its value.

import type { LinesQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { shortDay, day, signed } from "../../shared/format";
import { begin, round, run, toJoin, type Tap } from "../../shared/page";

const PAGE = 10;

type Score = NonNullable<LinesQuery["me"]>["score"];
type Line = NonNullable<Score["lines"]>["edges"][number]["node"];

interface Row {
  position: number;
  label: string;
  points: string;
  note: string;
  until: string;
  record: string | null;
  shown: string;
}

function note(line: Line): string {
  const t = words().lines;
  if (line.source === null || line.occurredOn === null) return t.scheme;
  return fill(t.note, { source: line.source.label.text, day: shortDay(line.occurredOn) });
}

function until({ expiresOn }: Line): string {
  return expiresOn === null ? "" : fill(words().lines.until, { day: day(expiresOn) });
}

/** What lines and what is withheld have in common. */
type Item = Pick<Line, "position" | "label" | "points" | "record">;

function row(item: Item, noted: { note: string; until: string }): Row {
  const label = item.label.text;
  const points = signed(item.points);
  const shown = fill(words().lines.opens, { label, points });
  return { position: item.position, label, points, ...noted, record: item.record?.id ?? null, shown };
}

function withheld(score: Score): Row[] {
  const nodes = (score.withheld?.edges ?? []).map(({ node }) => node);
  return nodes.map((node) => row(node, { note: words().withheldReasons[node.withheldReason], until: "" }));
}

Component({
  data: {
    t: words().lines,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    sum: "",
    sumMore: "",
    count: "",
    rows: [] as Row[],
    withheld: [] as Row[],
    after: null as string | null,
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "lines");
      await this.more();
    },

    more(): Promise<void> {
      return run(this, async () => {
        const newest = round(this);
        const score = await egret.lines({ first: PAGE, after: this.data.after });
        if (!newest()) return;
        if (score === null) return toJoin();
        const t = words().lines;
        const edges = score.lines?.edges ?? [];
        const rows = [
          ...this.data.rows,
          ...edges.map(({ node }) => row(node, { note: note(node), until: until(node) })),
        ];
        const page = score.lines?.pageInfo;
        this.setData({
          sum: fill(t.sum, { value: score.value }),
          sumMore: fill(t.sumMore, { value: score.value }),
          count: fill(t.count, { shown: rows.length, total: score.lines?.totalCount ?? 0 }),
          rows,
          withheld: withheld(score),
          after: page?.hasNextPage ? page.endCursor : null,
        });
      });
    },

    open(event: Tap<{ id: string }>) {
      wx.navigateTo({ url: `/pages/record/record?id=${event.currentTarget.dataset.id}` });
    },
  },
});
