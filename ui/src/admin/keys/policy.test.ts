// What a key's form says is what the key may do.
import { describe, expect, it } from 'vitest';
import { draftOf, expiryOf, freePeriod, policyOf } from './policy.ts';

describe('the form of a key', () => {
  it('reads names with commas of both languages', () => {
    expect(policyOf({ ...draftOf(null), models: 'gpt-5*， auto,' }).models).toEqual(['gpt-5*', 'auto']);
  });

  it('leaves out a budget of nothing', () => {
    const budgets = [
      { period: 'day' as const, requests: 5, tokens: null },
      { period: 'week' as const, requests: null, tokens: null },
    ];
    expect(policyOf({ ...draftOf(null), budgets }).budgets).toEqual([{ period: 'day', requests: 5 }]);
  });

  it('offers each period once', () => {
    expect(freePeriod([{ period: 'day', requests: 1, tokens: null }])).toBe('week');
  });

  it('gives back what it was given', () => {
    const policy = { models: ['a', 'b'], drivers: ['web'], accounts: ['x'], max_in_use: 2, continuity: false, budgets: [{ period: 'month' as const, tokens: 9 }] };
    const key = { id: '1', name: 'n', hint: 'h', policy, is_disabled: false, created_at: 0, expires_at: null, previous_until: null };
    expect(policyOf(draftOf(key))).toEqual(policy);
  });

  it('lets a key work until the end of its last day', () => {
    const draft = { ...draftOf(null), expires: '2027-03-01' };
    expect(new Date((expiryOf(draft) ?? 0) * 1000).getHours()).toBe(23);
    expect(expiryOf(draftOf(null))).toBeNull();
  });
});
