// One file to a one-time address: what became of it.

import { EgretFault, OFFLINE } from "./faults";
import type { RefusalCode, RefusedFragment } from "./generated";
import type { Transport } from "./transport";
import { parsed } from "./wire";

/** Ids of what was kept: one for a photo, one for each page of a PDF file. */
export interface Kept {
  evidence: string[];
}

/** A refusal has its sentence in both languages, a fault in one. */
interface UploadError {
  code: string;
  message: string | { zh: string; en: string };
}

interface Answer {
  evidence?: { id: string }[];
  errors?: UploadError[];
}

/** Raises an EgretFault where there is no answer, or the address is no longer good. */
export async function upload<Photo>(
  transport: Transport<Photo>,
  url: string,
  photo: Photo,
  language: string,
): Promise<Kept | RefusedFragment> {
  const { status, body } = await transport.upload(url, photo).catch((error: unknown) => {
    throw new EgretFault(OFFLINE, error instanceof Error ? error.message : String(error));
  });
  const answer = parsed<Answer>(status, body);
  const error = answer.errors?.[0];
  return error ? refusal(error, language) : { evidence: (answer.evidence ?? []).map(({ id }) => id) };
}

function refusal({ code, message }: UploadError, language: string): RefusedFragment {
  if (typeof message === "string") throw new EgretFault(code, message);
  const text = language.startsWith("zh") ? message.zh : message.en;
  return { __typename: "PlainRefusal", refusalCode: code as RefusalCode, inputField: "evidence", message: { text } };
}
