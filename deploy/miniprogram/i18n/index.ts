// The language of the mini-program: what the phone speaks, until the person chooses.

import { en } from "./en";
import { zh, type Catalogue } from "./zh";

export type Language = "zh" | "en";

const KEPT = "language";
const CATALOGUES: Record<Language, Catalogue> = { zh, en };

export function language(): Language {
  const chosen: unknown = wx.getStorageSync(KEPT);
  if (chosen === "zh" || chosen === "en") return chosen;
  return (wx.getAppBaseInfo().language ?? "zh").startsWith("zh") ? "zh" : "en";
}

export function chooseLanguage(chosen: Language): void {
  wx.setStorageSync(KEPT, chosen);
}

export function words(): Catalogue {
  return CATALOGUES[language()];
}

/** A sentence with its blanks filled: `{day}` by `values.day`. */
export function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank));
}
