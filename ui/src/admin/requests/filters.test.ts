// What stands in the address is what the gateway is asked for.
import { describe, expect, it } from 'vitest';
import { filterOf } from './filters.ts';

describe('the filter of requests', () => {
  it('is read from the address', () => {
    const query = new URLSearchParams('status=failed&account=a&key=k&model=gpt-5&route=/v1/responses&other=1');
    expect(filterOf(query)).toEqual({ status: 'failed', account_id: 'a', key_id: 'k', model: 'gpt-5', route: '/v1/responses' });
  });

  it('leaves out what is not known or empty', () => {
    expect(filterOf(new URLSearchParams('status=odd&model='))).toEqual({});
  });
});
