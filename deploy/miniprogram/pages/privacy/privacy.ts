// What belongs to the person: consents, optional items, the data itself, the language, the ways out.

import { refused, type PrivacyQuery } from "../../egret/client";
import { chooseLanguage, fill, language, words, type Language } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { day } from "../../shared/format";
import { begin, run, showRefusal, toJoin, type Tap } from "../../shared/page";

type Me = NonNullable<PrivacyQuery["me"]>;
type Item = NonNullable<Me["optionalItems"]>["edges"][number]["node"];
type Switched = WechatMiniprogram.CustomEvent<{ value: boolean }, Record<string, never>, { rule: string }>;

function languages() {
  const t = words().privacy;
  const codes: Language[] = ["zh", "en"];
  return codes.map((code) => ({ code, name: t[code], chosen: code === language() }));
}

function consents(me: Me) {
  const t = words().privacy;
  return (me.consents?.edges ?? []).map(({ node: { version, grantedAt, withdrawnAt } }) => ({
    version: fill(t.consent, { version }),
    when: withdrawnAt === null ? fill(t.agreed, { day: day(grantedAt) }) : fill(t.ended, { day: day(withdrawnAt) }),
  }));
}

function item({ rule, declined }: Item) {
  const t = words().privacy;
  return { rule: rule.code, label: rule.label.text, on: !declined, state: declined ? t.off : t.on };
}

Component({
  data: {
    t: words().privacy,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    name: "",
    idNumber: "",
    languages: [] as ReturnType<typeof languages>,
    consents: [] as ReturnType<typeof consents>,
    items: [] as ReturnType<typeof item>[],
    newer: null as string[] | null,
    newerVersion: "",
    takesPart: false,
    paused: false,
  },

  methods: {
    async onShow(): Promise<void> {
      begin(this, "privacy");
      this.setData({ languages: languages() });
      await this.load();
    },

    load(): Promise<void> {
      return run(this, async () => {
        const me = await egret.privacy();
        if (me === null) return toJoin();
        const items = (me.optionalItems?.edges ?? []).map(({ node }) => item(node));
        const { lookOnly, pausedSince } = me.enrolment;
        this.setData({ takesPart: !lookOnly, paused: pausedSince !== null });
        this.setData({ name: me.maskedName, idNumber: me.maskedIdNumber, consents: consents(me), items });
        await this.news(me.enrolment.consentCurrent);
      });
    },

    /** The newer consent text, where there is one. */
    async news(current: boolean): Promise<void> {
      if (current) {
        this.setData({ newer: null });
        return;
      }
      const { consentText } = await egret.consentText();
      this.setData({ newer: consentText.summary.map(({ text }) => text), newerVersion: consentText.version });
    },

    async agree(): Promise<void> {
      await run(this, async () => {
        const answer = await egret.grantConsent(this.data.newerVersion);
        if (refused(answer)) return showRefusal(this, answer);
        this.setData({ newer: null, notice: words().privacy.agreedNow });
      });
    },

    async speak(event: Tap<{ code: Language }>): Promise<void> {
      chooseLanguage(event.currentTarget.dataset.code);
      getApp<{ speak(): void }>().speak();
      await this.onShow();
    },

    async decline(event: Switched): Promise<void> {
      const { rule } = event.currentTarget.dataset;
      await run(this, async () => {
        const answer = await egret.declineItem(rule, !event.detail.value);
        if (refused(answer)) return showRefusal(this, answer);
        const { declined } = answer.optionalItem;
        const { privacy: t } = words();
        const state = declined ? t.off : t.on;
        const items = this.data.items.map((one) => (one.rule === rule ? { ...one, on: !declined, state } : one));
        const label = items.find((one) => one.rule === rule)?.label ?? "";
        this.setData({ items, notice: fill(t.switched, { label, state, value: answer.citizen.score.value }) });
      });
    },

    async pause(): Promise<void> {
      await run(this, async () => {
        const answer = await egret.pauseScore();
        if (refused(answer)) return showRefusal(this, answer);
        this.setData({ paused: true, notice: words().privacy.pausedNow });
      });
    },

    async resume(): Promise<void> {
      await run(this, async () => {
        const answer = await egret.resumeScore();
        if (refused(answer)) return showRefusal(this, answer);
        this.setData({ paused: false, notice: words().privacy.resumedNow });
      });
    },

    async exportData(): Promise<void> {
      await run(this, async () => {
        const answer = await egret.exportMyData();
        if (refused(answer)) return showRefusal(this, answer);
        await wx.setClipboardData({ data: answer.address.url });
        this.setData({ notice: words().privacy.exportCopied });
      });
    },

    go(event: Tap<{ url: string }>) {
      wx.navigateTo({ url: event.currentTarget.dataset.url });
    },
  },
});
