// One pass, to be shown at a counter. It never shows a score.

import { refused, type PassShownFragment } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { clock } from "../../shared/format";
import { begin, run, showRefusal } from "../../shared/page";
import { qrImage } from "../../shared/qr";

function until({ state, expiresAt, usedAt }: PassShownFragment): string {
  const t = words().pass;
  if (state === "ACTIVE") return fill(t.until, { time: clock(expiresAt) });
  return state === "USED" && usedAt !== null ? fill(t.used, { time: clock(usedAt) }) : t.expired;
}

Component({
  data: {
    t: words().pass,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    id: "",
    pass: null as PassShownFragment | null,
    state: "",
    until: "",
    qr: "",
    codeShown: "",
  },

  methods: {
    async onLoad({ id }: { id: string }): Promise<void> {
      begin(this, "pass");
      this.setData({ id });
      await this.load();
    },

    load(): Promise<void> {
      return run(this, async () => this.show(await egret.pass(this.data.id)));
    },

    show(pass: PassShownFragment) {
      const code = pass.code ?? "";
      this.setData({
        id: pass.id,
        pass,
        state: words().pass[pass.state],
        until: until(pass),
        qr: code && qrImage(code),
        codeShown: fill(words().pass.codeShown, { code }),
      });
    },

    async again(): Promise<void> {
      await run(this, async () => {
        const answer = await egret.issuePass(this.data.pass?.benefit.code ?? "");
        if (refused(answer)) return showRefusal(this, answer);
        this.show(answer.pass);
      });
    },
  },
});
