// Joining: what one agrees to, and who one is. A code then goes to the phone.

import { refused } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { begin, run, showRefusal, type Changed } from "../../shared/page";
import { setAttempt } from "../../shared/attempt";

const FIELDS = ["name", "idNumber", "phone"] as const;
type Field = (typeof FIELDS)[number];
type Errors = Record<Field | "agreed", string>;
const NO_ERRORS: Errors = { name: "", idNumber: "", phone: "", agreed: "" };

Component({
  data: {
    t: words().join,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    head: "",
    points: [] as string[],
    full: "",
    version: "",
    consentVersion: "",
    open: false,
    agreed: false,
    form: { name: "", idNumber: "", phone: "" },
    errors: NO_ERRORS,
  },

  methods: {
    async onLoad(): Promise<void> {
      begin(this, "join");
      await run(this, async () => {
        const { consentText, scheme } = await egret.consentText();
        this.setData({
          head: fill(words().join.head, { name: scheme.name.text }),
          points: consentText.summary.map(({ text }) => text),
          full: consentText.full.text,
          version: fill(words().join.version, { version: consentText.version }),
          consentVersion: consentText.version,
        });
      });
    },

    unfold() {
      this.setData({ open: !this.data.open });
    },

    agree() {
      this.setData({ agreed: !this.data.agreed, "errors.agreed": "" });
    },

    typed(event: Changed<{ name: Field; value: string }>) {
      const { name, value } = event.detail;
      this.setData({ [`form.${name}`]: value.trim(), [`errors.${name}`]: "" });
    },

    /** What is missing, all at once; the server looks at the rest. */
    missing(): Errors {
      const { form, agreed } = this.data;
      const needed = (value: string) => (value ? "" : words().common.needed);
      return {
        name: needed(form.name),
        idNumber: needed(form.idNumber),
        phone: needed(form.phone),
        agreed: agreed ? "" : words().join.agreeFirst,
      };
    },

    async send(): Promise<void> {
      const errors = this.missing();
      const count = Object.values(errors).filter(Boolean).length;
      if (count > 0) {
        this.setData({ errors, notice: fill(words().join.check, { count }), bad: true });
        return;
      }
      await run(this, async () => {
        this.setData({ errors: NO_ERRORS });
        const answer = await egret.startBinding({ consentVersion: this.data.consentVersion, ...this.data.form });
        if (refused(answer)) return showRefusal(this, answer, FIELDS);
        setAttempt(answer.attempt);
        await wx.navigateTo({ url: "/pages/code/code" });
      });
    },
  },
});
