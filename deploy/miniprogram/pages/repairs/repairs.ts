// Credit repair: what was applied for, what can be repaired now, and applying for one record.

import { refused, type RepairsQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { day } from "../../shared/format";
import { begin, run, showRefusal, sure, toJoin, type Changed, type Tap } from "../../shared/page";

const NO_ERRORS = { doneOn: "", words: "", evidence: "" };

type Me = NonNullable<RepairsQuery["me"]>;
type Application = NonNullable<Me["repairs"]>["edges"][number]["node"];
type CreditRecord = NonNullable<Me["records"]>["edges"][number]["node"];

function application({ id, number, state, isOpen, subject, dueOn, answer }: Application) {
  const t = words().repairs;
  const more = isOpen ? fill(t.due, { day: day(dueOn) }) : (answer ?? "");
  return { id, number, isOpen, label: subject.text, state: words().repairStates[state], more };
}

function repairable({ id, rule, occurredOn, repair }: CreditRecord) {
  const occurred = fill(words().repairs.occurred, { day: day(occurredOn) });
  return { id, label: rule.label.text, occurredOn, occurred, demand: repair.demand.text };
}

Component({
  data: {
    t: words().repairs,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    applications: [] as ReturnType<typeof application>[],
    records: [] as ReturnType<typeof repairable>[],
    limits: { mostCharacters: 500, mostPhotos: 10, today: "" },
    chosen: null as ReturnType<typeof repairable> | null,
    doneOn: "",
    words: "",
    evidence: [] as string[],
    errors: NO_ERRORS,
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "repairs");
      await this.load();
    },

    load(): Promise<void> {
      return run(this, async () => {
        const { me, disputeLimits } = await egret.repairs();
        if (me === null) return toJoin();
        const records = (me.records?.edges ?? []).map(({ node }) => node).filter(({ repair }) => repair.state === "NOW");
        const applications = (me.repairs?.edges ?? []).map(({ node }) => application(node));
        this.setData({ applications, records: records.map(repairable), limits: disputeLimits });
      });
    },

    choose(event: Tap<{ id: string }>) {
      const chosen = this.data.records.find(({ id }) => id === event.currentTarget.dataset.id) ?? null;
      this.setData({ chosen, doneOn: "", words: "", evidence: [], errors: NO_ERRORS });
    },

    picked(event: WechatMiniprogram.PickerChange) {
      this.setData({ doneOn: String(event.detail.value), "errors.doneOn": "" });
    },

    typed(event: WechatMiniprogram.Input) {
      this.setData({ words: event.detail.value, "errors.words": "" });
    },

    kept(event: Changed<{ evidence: string[] }>) {
      this.setData({ evidence: event.detail.evidence, "errors.evidence": "" });
    },

    async send(): Promise<void> {
      const { chosen, doneOn, evidence } = this.data;
      const errors = {
        ...NO_ERRORS,
        doneOn: doneOn ? "" : words().repairs.dayFirst,
        words: this.data.words.trim() ? "" : words().common.needed,
      };
      this.setData({ errors });
      if (chosen === null || errors.doneOn || errors.words) return;
      await run(this, async () => {
        const answer = await egret.applyForRepair({ recordId: chosen.id, doneOn, words: this.data.words, evidence });
        if (refused(answer)) return showRefusal(this, answer, Object.keys(NO_ERRORS));
        const { number, dueOn } = answer.repair;
        await this.load();
        this.setData({ chosen: null, notice: fill(words().repairs.sent, { number, day: day(dueOn) }) });
      });
    },

    async withdraw(event: Tap<{ id: string }>): Promise<void> {
      if (!(await sure(words().repairs.withdrawSure))) return;
      await run(this, async () => {
        const answer = await egret.withdrawRepair(event.currentTarget.dataset.id);
        if (refused(answer)) return showRefusal(this, answer);
        await this.load();
        this.setData({ notice: words().repairs.withdrawn });
      });
    },
  },
});
