// The address holds the chosen columns, and nothing while they are the usual ones.
import { describe, expect, it } from 'vitest';
import { columnsOf, textOf, USUAL } from './columns.ts';

describe('columns', () => {
  it('are the usual ones where none are named, or none that are known', () => {
    expect(columnsOf(null)).toEqual(USUAL);
    expect(columnsOf('nothing,of,this')).toEqual(USUAL);
    expect(textOf(USUAL)).toBeNull();
  });

  it('keep our order', () => {
    expect(columnsOf('lastUsed,plan')).toEqual(['plan', 'lastUsed']);
    expect(textOf(['lastUsed', 'plan'])).toBe('plan,lastUsed');
  });
});
