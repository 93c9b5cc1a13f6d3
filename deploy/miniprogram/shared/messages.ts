// Subscription messages: WeChat sends one for each time that a person allowed it, and asks only after a tap.

import { settings } from "../settings";

/** Asks whether the person wants to be told of what becomes of this. Whatever they answer, things go on. */
export async function askToTell(): Promise<void> {
  if (settings.messages.length === 0) return;
  try {
    await wx.requestSubscribeMessage({ tmplIds: settings.messages });
  } catch {
    // Refused, or switched off for good: the mini-program shows it all the same.
  }
}
