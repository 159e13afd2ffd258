// Sums of usage, days without requests, and CSV that a spreadsheet does not run.
import { describe, expect, it } from 'vitest';
import { csv, everyDay, successRate, sum } from './usage.ts';

const row = (name: string, requests: number, failures = 0) => ({ name, requests, failures, prompt_tokens: 10, completion_tokens: 5 });

describe('usage', () => {
  it('shows days without a request as such', () => {
    const { days, rows } = everyDay([row('20001', 3)], 20_002, 3);
    expect(days).toEqual([20_000, 20_001, 20_002]);
    expect(rows.map((it) => it.requests)).toEqual([0, 3, 0]);
  });

  it('adds up', () => {
    expect(sum([row('a', 3, 1), row('b', 2)])).toEqual({ name: '', requests: 5, failures: 1, prompt_tokens: 20, completion_tokens: 10 });
  });

  it('has no success rate where nothing was asked', () => {
    expect(successRate(row('a', 0))).toBeUndefined();
    expect(successRate(row('a', 4, 1))).toBe(0.75);
  });

  it('quotes what needs it, and makes formulas texts', () => {
    expect(csv(['a', 'b'], [['x,"y"', 1], ['=SUM(A1)', -1], [null, 2]])).toBe('a,b\r\n"x,""y""",1\r\n\'=SUM(A1),-1\r\n,2\r\n');
  });
});
