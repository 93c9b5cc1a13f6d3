// What every page does: its words, its title, and what it says when something fails.

import { EgretFault, OFFLINE, wait } from "../egret/client";
import type { RefusedFragment } from "../egret/client";
import { fill, words } from "../i18n/index";
import type { Catalogue } from "../i18n/zh";

/** The sections of the catalogue that belong to a page. */
export type Section = {
  [Key in keyof Catalogue]: Catalogue[Key] extends { title: string } ? Key : never;
}[keyof Catalogue];

interface Page {
  data: { notice: string };
  setData(change: { [name: string]: unknown }): void;
}

export type Tap<Data extends WechatMiniprogram.IAnyObject> = WechatMiniprogram.TouchEvent<
  Record<string, never>,
  Record<string, never>,
  Data
>;
export type Changed<Detail extends WechatMiniprogram.IAnyObject> = WechatMiniprogram.CustomEvent<Detail>;

/** Gives a page its words in the language of now, and its title. */
export function begin(page: Page, section: Section): void {
  page.setData({ t: words()[section], common: words().common });
  wx.setNavigationBarTitle({ title: words()[section].title });
}

const working = new WeakMap<Page, number>();
const faults = new WeakMap<Page, string>();

/** Does what the person asks of a page. `busy` stands until all of it is done; a fault becomes the page's notice. */
export async function run(page: Page, work: () => Promise<void>): Promise<void> {
  working.set(page, (working.get(page) ?? 0) + 1);
  page.setData({ busy: true, notice: "", bad: false });
  try {
    await work();
  } catch (error) {
    page.setData({ notice: faultText(error), bad: true });
  } finally {
    const left = (working.get(page) ?? 1) - 1;
    working.set(page, left);
    page.setData({ busy: left > 0 });
  }
}

/** Does what nobody asked for: it leaves `busy` alone, and takes away no notice but that of its own fault before. */
export async function runUnasked(page: Page, work: () => Promise<void>): Promise<void> {
  const before = faults.get(page) ?? "";
  let fault = "";
  try {
    await work();
  } catch (error) {
    fault = faultText(error);
  }
  faults.set(page, fault);
  if (fault) page.setData({ notice: fault, bad: true });
  else if (before && page.data.notice === before) page.setData({ notice: "", bad: false });
}

const rounds = new WeakMap<Page, number>();

/** Begins what a page asks anew; what comes back says whether nothing newer was asked meanwhile. */
export function round(page: Page): () => boolean {
  const mine = (rounds.get(page) ?? 0) + 1;
  rounds.set(page, mine);
  return () => rounds.get(page) === mine;
}

export function faultText(error: unknown): string {
  const { common } = words();
  if (!(error instanceof EgretFault)) return fill(common.fault, { code: reason(error) });
  return error.code === OFFLINE ? common.offline : fill(common.fault, { code: error.code });
}

/** What WeChat's functions fail with is an object, which says why in `errMsg`. */
function reason(error: unknown): string {
  if (typeof error !== "object" || error === null || error instanceof Error) return String(error);
  return "errMsg" in error ? String(error.errMsg) : JSON.stringify(error);
}

/** Why something was refused, with how long to wait where that is known. */
export function refusalText(refusal: RefusedFragment): string {
  const seconds = wait(refusal);
  const { text } = refusal.message;
  return seconds > 0 && !/\d/.test(text) ? `${text} ${fill(words().common.wait, { seconds })}` : text;
}

/** Shows why something was refused: at its field where the page has it, else above all. */
export function showRefusal(page: Page, refusal: RefusedFragment, fields: readonly string[] = []): void {
  const text = refusalText(refusal);
  if (refusal.inputField !== null && fields.includes(refusal.inputField)) {
    page.setData({ [`errors.${refusal.inputField}`]: text });
    return;
  }
  page.setData({ notice: text, bad: true });
}

/** Leads somebody who does not take part to where one joins. */
export function toJoin(): void {
  wx.reLaunch({ url: "/pages/join/join" });
}

/** Whether the person says yes to a question. */
export function sure(content: string): Promise<boolean> {
  return new Promise((resolve) =>
    wx.showModal({
      content,
      cancelText: words().common.cancel,
      success: ({ confirm }) => resolve(confirm),
      fail: () => resolve(false),
    }),
  );
}
