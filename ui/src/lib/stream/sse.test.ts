// Events out of bytes, wherever they are cut.
import { describe, expect, it } from 'vitest';
import { EventReader } from './sse.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function read(text: string, size: number) {
  const reader = new EventReader();
  const all = bytes(text);
  const events = [];
  for (let at = 0; at < all.length; at += size) events.push(...reader.read(all.slice(at, at + size)));
  return events;
}

describe('the reader of events', () => {
  const stream = 'event: a\ndata: 你好\n\n: ping\n\ndata: one\ndata: two\r\n\r\nevent: b\rdata:x\r\rdata: cut';

  it.each([1, 2, 3, 5, 1000])('finds the same events in pieces of %d bytes', (size) => {
    expect(read(stream, size)).toEqual([
      { event: 'a', data: '你好' },
      { event: 'message', data: 'one\ntwo' },
      { event: 'b', data: 'x' },
    ]);
  });

  it('passes over comments and events without data', () => {
    expect(read(': ping\n\nevent: nothing\n\n', 4)).toEqual([]);
  });
});
