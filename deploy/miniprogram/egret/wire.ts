// One operation over HTTP: what is sent, and what the answer means.

import { EgretFault, NO_ANSWER, OFFLINE } from "./faults";
import { LogInDocument, RenewSessionDocument, type TypedDocumentString } from "./generated";
import type { Response, Transport } from "./transport";

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export interface Wire {
  url: string;
  language: string;
}

/** What these send is good once, so that a repeat would be refused. */
const ONCE: readonly unknown[] = [LogInDocument, RenewSessionDocument];

const isChange = (text: string) => /^\s*mutation\b/.test(text);

/** A random text: the server does a change once for each, however often it is sent. */
function idempotencyKey(): string {
  const digits = () => Math.random().toString(36).slice(2, 14);
  return `${Date.now().toString(36)}-${digits()}-${digits()}`;
}

/** Sends one operation, once more where no answer came. Raises an EgretFault where there is none. */
export async function send<Result, Variables>(
  transport: Transport<never>,
  wire: Wire,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  token: string | null,
): Promise<Result> {
  const query = document.toString().trim();
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "accept-language": wire.language,
  };
  if (token !== null) headers["authorization"] = `Bearer ${token}`;
  if (isChange(query)) headers["idempotency-key"] = idempotencyKey();
  const post = () => transport.request(wire.url, headers, JSON.stringify({ query, variables }));
  const response = await post()
    .catch((error: unknown) => (ONCE.includes(document) ? Promise.reject(error) : post()))
    .catch((error: unknown) => {
      throw new EgretFault(OFFLINE, error instanceof Error ? error.message : String(error));
    });
  return read<Result>(response);
}

function read<Result>({ status, body }: Response): Result {
  const answer = parsed<Answer<Result>>(status, body);
  const error = answer.errors?.[0];
  if (error) throw new EgretFault(error.extensions?.code ?? NO_ANSWER, error.message);
  if (!answer.data) throw new EgretFault(NO_ANSWER, `The server answered ${status} without data.`);
  return answer.data;
}

/** A body of JSON. Raises an EgretFault for anything else. */
export function parsed<Body>(status: number, body: string): Body {
  try {
    return JSON.parse(body) as Body;
  } catch {
    throw new EgretFault(NO_ANSWER, `The server answered ${status} without JSON.`);
  }
}
