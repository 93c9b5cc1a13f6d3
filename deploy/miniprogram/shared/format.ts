// Numbers and days as people read them, in the language of the mini-program.

import { fill, words } from "../i18n/index";

/** Points with their sign: +10, −5, 0. The sign says what a colour alone would not. */
export function signed(points: number): string {
  if (points === 0) return "0";
  return points > 0 ? `+${points}` : `−${-points}`;
}

/** A day of the API, `2026-11-29`, with its year. */
export function day(date: string): string {
  return written(words().common.day, date);
}

/** The same without its year. */
export function shortDay(date: string): string {
  return written(words().common.shortDay, date);
}

function written(form: string, date: string): string {
  const [year = "", month = "", of = ""] = date.slice(0, 10).split("-");
  return fill(form, { year, month: words().common.months[Number(month) - 1] ?? "", day: Number(of) });
}

/** The time of day in this phone's zone, `09:05`. */
export function clock(moment: string): string {
  const at = new Date(moment);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A moment of the API as a day and a time in this phone's zone. */
export function moment(text: string): string {
  const at = new Date(text);
  const local = `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
  return `${shortDay(local)} ${clock(text)}`;
}
