// Requests to the gateway and its errors. Only reading is tried again, and only when nothing was answered.
export type Fault = {
  status: number;
  code: string;
  message: string;
  requestId?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** Everything that stands in the error object. */
  facts: Record<string, unknown>;
};

export class ApiError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'ApiError';
    this.fault = fault;
  }
}

export type Ask = {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** A password is shown again: a 401 says that it is wrong, not that the session is over. */
  isGuess?: boolean;
};

/** What happens when nobody is signed in any more; each page sets its own. */
let whenSignedOut: () => void = () => {};

export function onSignedOut(action: () => void): void {
  whenSignedOut = action;
}

/** Sends a request and gives the reply, which is a good one. */
export async function send(path: string, ask: Ask = {}): Promise<Response> {
  const method = ask.method ?? (ask.body === undefined ? 'GET' : 'POST');
  const headers: Record<string, string> = { ...ask.headers };
  if (method !== 'GET') headers['x-flowgpt-ui'] = '1';
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (ask.signal) init.signal = ask.signal;
  if (ask.body instanceof FormData) init.body = ask.body;
  else if (ask.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(ask.body);
  }
  const reply = await fetched(path, init, method === 'GET' ? 1 : 0);
  if (reply.ok) return reply;
  const error = new ApiError(await fault(reply));
  if (reply.status === 401 && !ask.isGuess) whenSignedOut();
  throw error;
}

export async function json<T>(path: string, ask: Ask = {}): Promise<T> {
  const reply = await send(path, ask);
  if (reply.status === 204) return undefined as T;
  try {
    return (await reply.json()) as T;
  } catch {
    throw new ApiError({ status: reply.status, code: 'unexpected_reply', message: '', facts: {} });
  }
}

async function fetched(path: string, init: RequestInit, again: number): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    if (again > 0) return fetched(path, init, again - 1);
    throw new ApiError({ status: 0, code: 'unreachable', message: '', facts: {} });
  }
}

async function fault(reply: Response): Promise<Fault> {
  const facts = await reply
    .json()
    .then((body: { error?: Record<string, unknown> }) => body.error ?? {})
    .catch(() => ({}) as Record<string, unknown>);
  const seconds = Number(reply.headers.get('retry-after'));
  return {
    status: reply.status,
    code: typeof facts['code'] === 'string' ? facts['code'] : 'unexpected_reply',
    message: typeof facts['message'] === 'string' ? facts['message'] : '',
    requestId: reply.headers.get('x-request-id') ?? undefined,
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    facts,
  };
}

export function faultOf(error: unknown): Fault {
  if (error instanceof ApiError) return error.fault;
  return { status: 0, code: 'unexpected_reply', message: error instanceof Error ? error.message : '', facts: {} };
}

export function wasAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
