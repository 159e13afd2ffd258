// A connection that drops is taken up again where it stopped, a few times, and never after the person stopped it.
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/http.ts';
import { follow } from './follow.ts';

const reply = (...events: object[]) => new Response(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
const setup = () => {
  const seen: unknown[] = [];
  const onEvent = (event: Record<string, unknown>) => {
    seen.push(event['n']);
    return event['last'] === true;
  };
  return { seen, onEvent, signal: new AbortController().signal, pauses: [0, 0, 0] };
};

describe('following a response', () => {
  it('ends with the last event', async () => {
    const it = setup();
    expect(await follow({ ...it, start: async () => reply({ n: 1 }, { n: 2, last: true }) })).toBe('ended');
    expect(it.seen).toEqual([1, 2]);
  });

  it('asks for the rest when the stream ends early', async () => {
    const it = setup();
    const outcome = await follow({ ...it, start: async () => reply({ n: 1 }), resume: async () => reply({ n: 2, last: true }) });
    expect(outcome).toBe('ended');
    expect(it.seen).toEqual([1, 2]);
  });

  it('gives up after three tries that brought nothing', async () => {
    const it = setup();
    let tries = 0;
    const resume = async () => {
      tries += 1;
      return reply();
    };
    expect(await follow({ ...it, start: async () => reply({ n: 1 }), resume })).toBe('dropped');
    expect(tries).toBe(3);
  });

  it('does not ask again when the gateway refuses', async () => {
    const it = setup();
    const refusal = new ApiError({ status: 429, code: 'rate_limit_exceeded', message: '', facts: {} });
    const start = () => Promise.reject(refusal);
    await expect(follow({ ...it, start, resume: async () => reply() })).rejects.toBe(refusal);
  });

  it('stops when the person does', async () => {
    const it = setup();
    const stop = new AbortController();
    const start = async () => {
      stop.abort();
      return reply({ n: 1 });
    };
    expect(await follow({ ...it, signal: stop.signal, start, resume: async () => reply() })).toBe('aborted');
  });
});
