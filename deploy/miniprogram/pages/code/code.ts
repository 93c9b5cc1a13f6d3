// The code that came to the phone; it binds the identity.

import { refused } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { attempt, setAttempt } from "../../shared/attempt";
import { egret } from "../../shared/egret";
import { begin, run, showRefusal, sure, toJoin, type Changed } from "../../shared/page";

Component({
  data: {
    t: words().code,
    common: words().common,
    notice: "",
    bad: false,
    busy: false,
    sent: "",
    code: "",
    errors: { code: "" },
  },

  methods: {
    onLoad() {
      begin(this, "code");
      const waiting = attempt();
      if (waiting === null) return toJoin();
      this.setData({ sent: fill(words().code.sent, { phone: waiting.maskedPhone }) });
    },

    typed(event: Changed<{ value: string }>) {
      this.setData({ code: event.detail.value, "errors.code": "" });
    },

    async confirm(): Promise<void> {
      if (!this.data.code) {
        this.setData({ "errors.code": words().common.needed });
        return;
      }
      await run(this, async () => {
        const id = attempt()?.id ?? "";
        const confirmed = await egret.confirmBinding({ attempt: id, code: this.data.code });
        const elsewhere = refused(confirmed) && confirmed.refusalCode === "SECOND_ACCOUNT";
        const moves = elsewhere && (await sure(words().code.move));
        const answer = moves ? await egret.moveAccount(id) : confirmed;
        if (refused(answer)) return showRefusal(this, answer, ["code"]);
        setAttempt(null);
        await wx.reLaunch({ url: "/pages/score/score" });
      });
    },

    async resend(): Promise<void> {
      await run(this, async () => {
        const answer = await egret.resendCode(attempt()?.id ?? "");
        if (refused(answer)) return showRefusal(this, answer);
        setAttempt(answer.attempt);
        this.setData({ notice: words().code.sentAgain });
      });
    },

    /** Back to the form, which still holds what was typed. */
    correct() {
      wx.navigateBack();
    },
  },
});
