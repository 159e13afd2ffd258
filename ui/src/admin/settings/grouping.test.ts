// Settings are found by every word, and shown in groups.
import { describe, expect, it } from 'vitest';
import type { Setting } from '../../lib/api/admin-types.ts';
import { grouped, isChanged } from './grouping.ts';

const setting = (name: string, group: string, more: Partial<Setting> = {}): Setting => ({
  name,
  group,
  value: '1',
  origin: 'default',
  default: '1',
  help: '',
  is_secret: false,
  ...more,
});

describe('settings', () => {
  const all = [
    setting('PORT', 'Network', { help: 'Where it listens.' }),
    setting('RETRY_TIMES', 'Upstream'),
    setting('HOST', 'Network', { value: '::', origin: 'the environment' }),
  ];

  it('keep their groups', () => {
    expect(grouped(all, '', false).map((it) => [it.name, it.settings.length])).toEqual([
      ['Network', 2],
      ['Upstream', 1],
    ]);
  });

  it('are found by their help too', () => {
    expect(grouped(all, 'listens port', false).flatMap((it) => it.settings.map(({ name }) => name))).toEqual(['PORT']);
  });

  it('are changed when they differ from the default', () => {
    expect(all.map(isChanged)).toEqual([false, false, true]);
    expect(grouped(all, '', true).flatMap((it) => it.settings.map(({ name }) => name))).toEqual(['HOST']);
  });
});
