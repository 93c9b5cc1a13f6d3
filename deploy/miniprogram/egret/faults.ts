// What can go wrong: refusals are values, everything else is a fault.

import type { RefusedFragment } from "./generated";

/** No answer, or one that is none. `code` is a code of the API, or one of the three below. */
export class EgretFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "EgretFault";
  }
}

/** The server could not be reached. */
export const OFFLINE = "OFFLINE";
/** The server answered what is no answer, such as the page of a proxy. */
export const NO_ANSWER = "NO_ANSWER";
/** There is nothing of this id that you may see. */
export const NOT_FOUND = "NOT_FOUND";

/** Whether a change was refused, for whatever reason; what is left is its success. */
export function refused<Result extends object>(answer: Result): answer is Extract<Result, RefusedFragment> {
  return "refusalCode" in answer;
}

/** Seconds to wait before another try; 0 where the refusal names none. */
export function wait(refusal: RefusedFragment): number {
  return "retryAfter" in refusal ? refusal.retryAfter : 0;
}
