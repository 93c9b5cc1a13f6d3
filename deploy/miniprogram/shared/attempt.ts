// The identity that waits for its code, between the page of joining and that of the code.

export interface Attempt {
  id: string;
  maskedPhone: string;
}

let waiting: Attempt | null = null;

export function setAttempt(attempt: Attempt | null): void {
  waiting = attempt;
}

export function attempt(): Attempt | null {
  return waiting;
}
