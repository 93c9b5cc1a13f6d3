// Who looked at the person's data: when, in which role, and why.

import type { AccessLogQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { moment } from "../../shared/format";
import { begin, round, run, toJoin } from "../../shared/page";

const PAGE = 20;

type Look = NonNullable<NonNullable<AccessLogQuery["me"]>["accessLog"]>["edges"][number]["node"];

function row({ at, role, action, why }: Look, index: number) {
  const told = { time: moment(at), role: words().roles[role], action: words().looked[action] };
  return { index, ...told, why, shown: fill(words().looks.row, told) };
}

Component({
  data: {
    t: words().looks,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    all: [] as Look[],
    rows: [] as ReturnType<typeof row>[],
    after: null as string | null,
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "looks");
      await this.more();
    },

    more(): Promise<void> {
      return run(this, async () => {
        const newest = round(this);
        const found = await egret.accessLog({ first: PAGE, after: this.data.after });
        if (!newest()) return;
        if (found === null) return toJoin();
        const all = [...this.data.all, ...found.edges.map(({ node }) => node)];
        this.setData({ all, rows: all.map(row), after: found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null });
      });
    },
  },
});
