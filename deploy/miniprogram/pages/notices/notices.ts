// What the person was told, and what they want to be told.

import { refused, type NoticesQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { moment } from "../../shared/format";
import { begin, round, run, showRefusal, toJoin } from "../../shared/page";

const PAGE = 20;

type Me = NonNullable<NoticesQuery["me"]>;
type Notice = NonNullable<Me["notices"]>["edges"][number]["node"];
type Choices = NonNullable<Me["noticeChoices"]>;
type Switched = WechatMiniprogram.CustomEvent<{ value: boolean }, Record<string, never>, { kind: string }>;

function row({ id, title, words: told, at, readAt }: Notice) {
  return { id, title: title.text, words: told.text, time: moment(at), isNew: readAt === null };
}

function kind({ kind: code, title, required, on }: Choices["kinds"][number]) {
  const t = words().notices;
  return { code, label: title.text, required, on, state: required ? t.required : on ? t.on : t.off };
}

Component({
  data: {
    t: words().notices,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    rows: [] as ReturnType<typeof row>[],
    after: null as string | null,
    choices: null as Choices | null,
    kinds: [] as ReturnType<typeof kind>[],
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "notices");
      await this.more();
    },

    more(): Promise<void> {
      return run(this, async () => {
        const newest = round(this);
        const me = await egret.notices({ first: PAGE, after: this.data.after });
        if (!newest()) return;
        if (me === null || me.notices === null || me.noticeChoices === null) return toJoin();
        const fresh = me.notices.edges.map(({ node }) => row(node));
        const { hasNextPage, endCursor } = me.notices.pageInfo;
        this.setData({ rows: [...this.data.rows, ...fresh], after: hasNextPage ? endCursor : null });
        this.show(me.noticeChoices);
        const unread = fresh.filter(({ isNew }) => isNew).map(({ id }) => id);
        if (unread.length > 0) await egret.markNoticesRead(unread);
      });
    },

    show(choices: Choices) {
      this.setData({ choices, kinds: choices.kinds.map(kind) });
    },

    async choose(event: Switched): Promise<void> {
      const { choices } = this.data;
      if (choices === null) return;
      const on = event.detail.value;
      const chosen = event.currentTarget.dataset.kind;
      const kinds = choices.kinds.map((one) => (one.kind === chosen ? { ...one, on } : one));
      const label = kinds.find((one) => one.kind === chosen)?.title.text ?? "";
      const t = words().notices;
      await this.save({ ...choices, kinds }, fill(t.switched, { label, state: on ? t.on : t.off }));
    },

    async gather(event: Switched): Promise<void> {
      const { choices } = this.data;
      if (choices === null) return;
      const digest = event.detail.value;
      const t = words().notices;
      await this.save({ ...choices, digest }, digest ? t.digestOn : t.digestOff);
    },

    save(choices: Choices, said: string): Promise<void> {
      return run(this, async () => {
        const off = choices.kinds.filter(({ required, on }) => !required && !on).map((one) => one.kind);
        const { quietFrom, quietUntil, digest } = choices;
        const answer = await egret.setNoticeChoices({ off, quietFrom, quietUntil, digest });
        if (refused(answer)) return showRefusal(this, answer);
        this.show(choices);
        this.setData({ notice: said });
      });
    },
  },
});
