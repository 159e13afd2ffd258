// The tail keeps the newest requests and no more than it should, however fast they come.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RequestRow } from '../../lib/api/admin-types.ts';
import { MOST_ROWS, Tail } from './tail.svelte.ts';

const log = vi.hoisted(() => ({ count: 0, asked: [] as object[] }));

vi.mock('../../lib/api/admin.ts', () => ({
  admin: {
    requests: async (asked: { limit: number; before?: string }) => {
      log.asked.push(asked);
      const newest = asked.before === undefined ? log.count : Number(asked.before) - 1;
      const length = Math.max(0, Math.min(asked.limit, newest));
      return { requests: Array.from({ length }, (_, index) => ({ id: String(newest - index) }) as RequestRow) };
    },
  },
}));

const ids = (rows: RequestRow[]) => rows.map((row) => Number(row.id));

describe('the tail of requests', () => {
  beforeEach(() => {
    log.count = 0;
    log.asked = [];
  });

  it('misses none when more come than fit on a page', async () => {
    log.count = 10;
    const tail = new Tail();
    await tail.restart({});
    log.count = 260;
    await tail.poll();
    expect(ids(tail.rows)).toEqual(Array.from({ length: 260 }, (_, index) => 260 - index));
  });

  it('holds back what comes while paused', async () => {
    log.count = 5;
    const tail = new Tail();
    await tail.restart({});
    tail.isLive = false;
    log.count = 8;
    await tail.poll();
    await tail.poll();
    expect(ids(tail.rows)[0]).toBe(5);
    expect(tail.waiting).toHaveLength(3);
    tail.resume();
    expect(ids(tail.rows).slice(0, 4)).toEqual([8, 7, 6, 5]);
  });

  it('keeps no more rows than it may', async () => {
    const tail = new Tail();
    await tail.restart({});
    for (let round = 0; round < 60; round += 1) {
      log.count += 50;
      await tail.poll();
    }
    expect(tail.rows).toHaveLength(MOST_ROWS);
    expect(ids(tail.rows)[0]).toBe(3000);
  });

  it('asks for what is filtered', async () => {
    const tail = new Tail();
    await tail.restart({ status: 'failed', model: 'auto' });
    expect(log.asked).toEqual([{ status: 'failed', model: 'auto', limit: 100 }]);
  });
});
