// Follows a response to its end: reads its stream, and when the connection drops asks for the rest, a few times.
import { ApiError, faultOf, wasAborted } from '../api/http.ts';
import { eventsOf } from './sse.ts';

export type Followed = {
  /** Begins the stream. */
  start: () => Promise<Response>;
  /** Asks for what came after the last event; nothing where that cannot be done. */
  resume?: () => Promise<Response> | undefined;
  /** Every event as it comes; says whether it was the last. */
  onEvent: (event: Record<string, unknown>) => boolean;
  onDrop?: () => void;
  onResumed?: () => void;
  signal: AbortSignal;
  /** Seconds before each new try. */
  pauses?: number[];
};

export type Outcome = 'ended' | 'dropped' | 'aborted';

const PAUSES = [0.5, 2, 5];

export async function follow(it: Followed): Promise<Outcome> {
  const pauses = it.pauses ?? PAUSES;
  let tries = 0;
  let ask: () => Promise<Response> | undefined = it.start;
  for (;;) {
    try {
      const reply = await ask();
      if (!reply) return 'dropped';
      if (tries > 0) it.onResumed?.();
      for await (const { data } of reply.body ? eventsOf(reply.body) : []) {
        tries = 0;
        if (data !== '[DONE]' && it.onEvent(JSON.parse(data) as Record<string, unknown>)) return 'ended';
      }
    } catch (error) {
      if (it.signal.aborted || wasAborted(error)) return 'aborted';
      // The gateway has said what is wrong; asking again would not change it.
      if (error instanceof ApiError && faultOf(error).status !== 0) throw error;
      if (ask === it.start && tries === 0 && !it.resume) throw error;
    }
    if (it.signal.aborted) return 'aborted';
    const pause = pauses[tries++];
    if (pause === undefined || !it.resume) return 'dropped';
    it.onDrop?.();
    await wait(pause, it.signal);
    if (it.signal.aborted) return 'aborted';
    ask = it.resume;
  }
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });
}
