// A dispute as its page shows it.

import type { DisputeState, DisputeWholeFragment } from "../egret/client";
import { fill, words } from "../i18n/index";
import { moment, shortDay } from "./format";

/** The states in which nothing more happens by itself. */
export const ENDED: DisputeState[] = ["RESOLVED", "WITHDRAWN", "REJECTED"];

/** How many of the four steps are done: filed, checked, reviewed, answered. */
const STEP: Record<DisputeState, number> = {
  SUBMITTED: 1,
  UNDER_REVIEW: 2,
  AWAITING_CITIZEN: 2,
  AWAITING_SOURCE: 2,
  PROPOSED: 3,
  RESOLVED: 4,
  WITHDRAWN: 4,
  REJECTED: 4,
};

function outcome({ determination, state }: DisputeWholeFragment): string {
  if (determination !== null) return words().determinations[determination];
  return state === "REJECTED" ? words().states[state] : "";
}

export function shownDispute(dispute: DisputeWholeFragment) {
  const { dispute: t, common, states, reasons, actions } = words();
  const at = STEP[dispute.state];
  return {
    dispute,
    state: states[dispute.state],
    open: at < 4,
    at,
    atShown: fill(t.step, { n: at, label: states[dispute.state] }),
    due: fill(t.due, { day: shortDay(dispute.dueOn), days: dispute.workingDaysLeft }),
    askedMore: fill(t.askedMore, { day: shortDay(dispute.dueOn) }),
    outcome: outcome(dispute),
    reason: fill(t.reason, { reason: reasons[dispute.reason] }),
    photos: dispute.evidence.map(({ id, url }, index) => ({ id, url, shown: fill(common.photo, { n: index + 1 }) })),
    events: dispute.events.map(({ at: when, action, text }) => ({
      at: when,
      time: moment(when),
      action: actions[action],
      text,
    })),
  };
}
