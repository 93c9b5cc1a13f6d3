// A dispute about a record: what is wrong, in one's own words, with photos.

import { refused, type DisputeReason, type RecordFactsFragment } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { signed } from "../../shared/format";
import { begin, run, showRefusal, type Changed } from "../../shared/page";
import { askToTell } from "../../shared/messages";

const REASONS: DisputeReason[] = ["NOT_MINE", "WRONG_FACTS", "ALREADY_FULFILLED", "DUPLICATE_OR_EXPIRED", "OTHER"];
const NO_ERRORS = { reason: "", words: "", evidence: "" };

/** What filing does to the score; a record that gives points takes them away meanwhile. */
function effect(record: RecordFactsFragment): string {
  const t = words().file;
  const points = record.points ?? 0;
  return points > 0 ? fill(t.gain, { points }) : fill(t.effect, { points: signed(points) });
}

Component({
  data: {
    t: words().file,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    id: "",
    label: "",
    effect: "",
    limits: { mostCharacters: 500, mostPhotos: 10 },
    reasonNames: [] as string[],
    chosen: -1,
    words: "",
    count: "",
    evidence: [] as string[],
    errors: NO_ERRORS,
  },

  methods: {
    async onLoad({ id }: { id: string }): Promise<void> {
      begin(this, "file");
      this.setData({ id, reasonNames: REASONS.map((reason) => words().reasons[reason]) });
      await run(this, async () => {
        const { record, limits } = await egret.record(id);
        this.setData({ label: record.rule.label.text, effect: effect(record), limits });
        this.counted("");
      });
    },

    choose(event: WechatMiniprogram.PickerChange) {
      this.setData({ chosen: Number(event.detail.value), "errors.reason": "" });
    },

    typed(event: WechatMiniprogram.Input) {
      this.counted(event.detail.value);
      this.setData({ "errors.words": "" });
    },

    /** The words and how many characters they have, counted as the server counts them. */
    counted(text: string) {
      const count = fill(words().file.count, { count: [...text].length, most: this.data.limits.mostCharacters });
      this.setData({ words: text, count });
    },

    kept(event: Changed<{ evidence: string[] }>) {
      this.setData({ evidence: event.detail.evidence, "errors.evidence": "" });
    },

    async send(): Promise<void> {
      const reason = REASONS[this.data.chosen];
      const errors = {
        ...NO_ERRORS,
        reason: reason === undefined ? words().file.chooseFirst : "",
        words: this.data.words.trim() ? "" : words().common.needed,
      };
      this.setData({ errors });
      if (reason === undefined || errors.words) return;
      await askToTell();
      await run(this, async () => {
        const { id, evidence } = this.data;
        const answer = await egret.openDispute({ recordId: id, reason, words: this.data.words, evidence });
        if (refused(answer)) return showRefusal(this, answer, Object.keys(NO_ERRORS));
        await wx.redirectTo({ url: `/pages/dispute/dispute?id=${answer.dispute.id}` });
      });
    },
  },
});
