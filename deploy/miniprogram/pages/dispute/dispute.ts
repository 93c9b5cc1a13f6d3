// One dispute: where it stands, as it happens; answering, appealing, withdrawing.

import { refused, type DisputeWholeFragment, type RefusedFragment } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { shownDispute } from "../../shared/dispute";
import { egret } from "../../shared/egret";
import { begin, run, runUnasked, showRefusal, sure, type Changed } from "../../shared/page";

type Listening = ReturnType<typeof egret.onDispute>;
type Answer = { dispute: DisputeWholeFragment } | RefusedFragment;

let listening: Listening | null = null;

Component({
  data: {
    t: words().dispute,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    id: "",
    dispute: null as DisputeWholeFragment | null,
    limits: { mostCharacters: 500, mostPhotos: 10 },
    words: "",
    evidence: [] as string[],
    errors: { words: "" },
  },

  methods: {
    onLoad({ id }: { id: string }) {
      begin(this, "dispute");
      this.setData({ id });
      listening?.stop();
      listening = egret.onDispute({
        next: ({ disputeChanged }) => this.heard(disputeChanged),
        missed: () => void this.load(),
      });
    },

    onUnload() {
      listening?.stop();
      listening = null;
    },

    /** Comes of itself as well, while something is sent perhaps; only the first time is anybody waiting for it. */
    load(): Promise<void> {
      const how = this.data.dispute === null ? run : runUnasked;
      return how(this, async () => {
        const { dispute, limits } = await egret.dispute(this.data.id);
        this.setData({ limits, ...shownDispute(dispute) });
      });
    },

    heard(dispute: DisputeWholeFragment) {
      if (dispute.id !== this.data.id) return;
      const notice = fill(words().dispute.updated, { state: words().states[dispute.state] });
      const changed = dispute.state !== this.data.dispute?.state;
      this.setData({ ...shownDispute(dispute), ...(changed ? { notice, bad: false } : {}) });
    },

    typed(event: WechatMiniprogram.Input) {
      this.setData({ words: event.detail.value, "errors.words": "" });
    },

    kept(event: Changed<{ evidence: string[] }>) {
      this.setData({ evidence: event.detail.evidence });
    },

    async supply(): Promise<void> {
      const { id, words: text, evidence } = this.data;
      await this.change(words().dispute.supplied, () => egret.supplyDispute({ id, words: text, evidence }));
    },

    async appeal(): Promise<void> {
      const { id, words: text } = this.data;
      await this.change(words().dispute.appealed, () => egret.appealDispute({ id, words: text }));
    },

    async withdraw(): Promise<void> {
      if (!(await sure(words().dispute.withdrawSure))) return;
      await run(this, async () => {
        const answer = await egret.withdrawDispute(this.data.id);
        if (refused(answer)) return showRefusal(this, answer);
        const notice = fill(words().dispute.withdrawn, { value: answer.citizen.score.value });
        this.setData({ ...shownDispute(answer.dispute), notice });
      });
    },

    /** Does what needs words, and shows what became of it. What was typed stays where it was refused. */
    async change(notice: string, ask: () => Promise<Answer>): Promise<void> {
      if (!this.data.words.trim()) {
        this.setData({ "errors.words": words().common.needed });
        return;
      }
      await run(this, async () => {
        const answer = await ask();
        if (refused(answer)) return showRefusal(this, answer, ["words"]);
        this.setData({ ...shownDispute(answer.dispute), notice, words: "", evidence: [] });
      });
    },

    letter() {
      wx.navigateTo({ url: `/pages/letter/letter?id=${this.data.id}` });
    },
  },
});
