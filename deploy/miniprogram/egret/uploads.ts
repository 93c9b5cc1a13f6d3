// One file to a one-time address: what became of it.

import { EgretFault, OFFLINE } from "./faults";
import type { RefusalCode, RefusedFragment } from "./generated";
import type { Transport } from "./transport";
import { parsed } from "./wire";

/** Ids of what was kept: one for a photo, one for each page of a PDF file. */
export interface Kept {
  evidence: string[];
}

/** A refusal has what its person reads, in both languages; a fault has not. */
interface UploadError {
  message: string;
  extensions: { code: string; message?: { zh: string; en: string } };
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

function refusal({ message, extensions }: UploadError, language: string): RefusedFragment {
  const read = extensions.message;
  if (!read) throw new EgretFault(extensions.code, message);
  const text = language.startsWith("zh") ? read.zh : read.en;
  const refusalCode = extensions.code as RefusalCode;
  return { __typename: "PlainRefusal", refusalCode, inputField: "evidence", message: { text } };
}
