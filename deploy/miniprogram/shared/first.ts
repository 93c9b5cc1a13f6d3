// What a person should see before anything else: what can still be avoided, what is asked, what is under way.

import type { ScoreQuery } from "../egret/client";
import { fill, words } from "../i18n/index";
import { ENDED } from "./dispute";
import { shortDay } from "./format";

export interface First {
  text: string;
  more: string;
  /** Both, as a screen reader says it. */
  shown: string;
  url: string;
  /** Whether it costs something to wait. */
  urgent: boolean;
}

type Found = Omit<First, "shown">;
type Me = NonNullable<ScoreQuery["me"]>;

export function first(me: Me): First[] {
  const found = [...consent(me), ...notices(me), ...disputes(me), ...next(me)];
  return found.map((one) => ({ ...one, shown: fill(words().score.firstShown, { text: one.text, more: one.more }) }));
}

function consent({ enrolment }: Me): Found[] {
  if (enrolment.consentCurrent) return [];
  const { consent: text, consentMore: more } = words().score;
  return [{ text, more, url: "/pages/privacy/privacy", urgent: true }];
}

/** Records that take points on a day to come, and take none where they are put right before. */
function notices({ score }: Me): Found[] {
  const t = words().score;
  const nodes = (score.withheld?.edges ?? []).map(({ node }) => node);
  return nodes.flatMap(({ label, points, until, withheldReason, record }) => {
    if (withheldReason !== "NOTICE_NOT_DUE" || until === null || record === null || points >= 0) return [];
    const more = fill(t.noticeMore, { day: shortDay(until), points: -points });
    return [
      { text: fill(t.notice, { label: label.text }), more, url: `/pages/record/record?id=${record.id}`, urgent: true },
    ];
  });
}

function disputes({ disputes: found }: Me): Found[] {
  const t = words().score;
  const open = (found?.edges ?? []).map(({ node }) => node).filter(({ state }) => !ENDED.includes(state));
  return open.map((dispute) => {
    const asked = dispute.state === "AWAITING_CITIZEN";
    const values = { label: dispute.subject.text, state: words().states[dispute.state] };
    return {
      text: fill(asked ? t.asked : t.open, values),
      more: fill(t.openMore, { number: dispute.number, day: shortDay(dispute.dueOn) }),
      url: `/pages/dispute/dispute?id=${dispute.id}`,
      urgent: asked,
    };
  });
}

function next({ score: { nextBenefit } }: Me): Found[] {
  if (nextBenefit === null) return [];
  const t = words().score;
  const text = fill(t.next, { points: nextBenefit.shortBy, label: nextBenefit.benefit.label.text });
  return [{ text, more: t.nextMore, url: "/pages/what-if/what-if", urgent: false }];
}
