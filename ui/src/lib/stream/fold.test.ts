// What a stream of a response comes to, from recordings of the gateway.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fold, turnOf } from './fold.ts';
import { EventReader } from './sse.ts';
import { answerText, newTurn, sourcesOf, type Turn } from './turn.ts';

const recorded = (name: string) => new Uint8Array(readFileSync(`src/lib/stream/recorded/${name}.sse`));

function folded(bytes: Uint8Array, size: number): Turn {
  const reader = new EventReader();
  const turn = newTurn();
  for (let at = 0; at < bytes.length; at += size) {
    for (const { data } of reader.read(bytes.slice(at, at + size))) fold(turn, JSON.parse(data) as Record<string, unknown>);
  }
  return turn;
}

function events(name: string): Record<string, unknown>[] {
  return new EventReader().read(recorded(name)).map(({ data }) => JSON.parse(data) as Record<string, unknown>);
}

describe.each(['reasoning', 'search', 'canvas'])('the recorded stream %s', (name) => {
  it('gives the same turn however its bytes are cut', () => {
    const bytes = recorded(name);
    const whole = folded(bytes, bytes.length);
    for (const size of [1, 2, 3, 7, 64, 1000]) expect(folded(bytes, size)).toEqual(whole);
  });

  it('gives at its end what the whole response says', () => {
    const all = events(name);
    const last = all.at(-1)?.['response'] as Record<string, unknown>;
    const turn = folded(recorded(name), 100);
    expect(turn).toEqual({ ...turnOf(last), sequence: turn.sequence });
  });

  it('adds up to the same items before its last event', () => {
    const all = events(name);
    const turn = newTurn();
    for (const event of all.slice(0, -1)) fold(turn, event);
    const last = all.at(-1)?.['response'] as Record<string, unknown>;
    expect(turn.items).toEqual(turnOf(last).items);
  });

  it('is not changed by events that come again after a drop', () => {
    const all = events(name);
    const cut = Math.floor(all.length / 2);
    const turn = newTurn();
    for (const event of [...all.slice(0, cut), ...all.slice(Math.max(0, cut - 5))]) fold(turn, event);
    expect(turn).toEqual(folded(recorded(name), 1000));
  });
});

describe('a turn', () => {
  it('holds thoughts, then the answer', () => {
    const turn = folded(recorded('reasoning'), 5000);
    expect(turn.status).toBe('completed');
    expect(turn.items.map((item) => item.kind)).toEqual(['reasoning', 'message']);
    expect(answerText(turn)).toContain('Simulated reply');
  });

  it('names each source once', () => {
    const turn = folded(recorded('search'), 5000);
    expect(sourcesOf(turn).map((source) => new URL(source.url).host)).toEqual(['news.example', 'weather.example', 'water.example']);
    expect(turn.items[0]).toMatchObject({ kind: 'search', queries: ['Rhine level Basel'] });
  });

  it('holds a document of the canvas as a tool with its output', () => {
    const turn = folded(recorded('canvas'), 5000);
    expect(turn.items[0]).toMatchObject({ kind: 'tool', server: 'canvas', name: 'create' });
  });

  it('keeps the text and the code of the gateway when an answer breaks', () => {
    const turn = newTurn();
    const item = { type: 'message', id: 'm', content: [] };
    fold(turn, { type: 'response.output_item.added', sequence_number: 0, output_index: 0, item });
    fold(turn, { type: 'response.output_text.delta', sequence_number: 1, item_id: 'm', content_index: 0, delta: 'half' });
    fold(turn, { type: 'error', sequence_number: 2, code: 'upstream_truncated', message: 'broke off' });
    const response = { id: 'r', status: 'failed', error: { code: 'server_error', message: 'broke off' }, output: [] };
    fold(turn, { type: 'response.failed', sequence_number: 3, response });
    expect(turn.status).toBe('failed');
    expect(turn.problem).toEqual({ code: 'upstream_truncated', message: 'broke off' });
    expect(answerText(turn)).toBe('half');
  });

  it('shows a refusal as the answer', () => {
    const content = [{ type: 'refusal', refusal: 'No.' }];
    const turn = turnOf({ id: 'r', status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [{ type: 'message', id: 'm', content }] });
    expect(answerText(turn)).toBe('No.');
    expect(turn.reason).toBe('content_filter');
  });

  it('passes over what it does not know', () => {
    const turn = newTurn();
    fold(turn, { type: 'response.something_new', sequence_number: 0, item_id: 'x' });
    fold(turn, { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { type: 'new_call', id: 'n' } });
    expect(turn.items).toEqual([]);
  });
});
