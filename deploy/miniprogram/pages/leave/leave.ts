// The two ways out: this WeChat only, or altogether.

import { refused, type RefusedFragment } from "../../egret/client";
import { words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { begin, run, showRefusal, sure, toJoin } from "../../shared/page";

Component({
  data: {
    t: words().leave,
    common: words().common,
    notice: "",
    bad: false,
    busy: false,
    agreed: false,
    error: "",
    over: false,
  },

  methods: {
    onLoad() {
      begin(this, "leave");
    },

    tick() {
      this.setData({ agreed: !this.data.agreed, error: "" });
    },

    async unlink(): Promise<void> {
      if (await sure(words().leave.unlinkSure)) await this.go(words().leave.unlinked, egret.unlink);
    },

    async leave(): Promise<void> {
      if (!this.data.agreed) {
        this.setData({ error: words().leave.sureFirst });
        return;
      }
      await this.go(words().leave.left, egret.leave);
    },

    async go(notice: string, ask: () => Promise<object | RefusedFragment>): Promise<void> {
      await run(this, async () => {
        const answer = await ask();
        if (refused(answer)) return showRefusal(this, answer);
        this.setData({ notice, over: true });
      });
    },

    join() {
      toJoin();
    },
  },
});
