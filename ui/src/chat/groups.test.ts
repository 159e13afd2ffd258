// When a chat was last used says where it stands in the list.
import { describe, expect, it } from 'vitest';
import type { Chat } from '../lib/api/chat-types.ts';
import { grouped } from './groups.ts';

const now = new Date(2026, 10, 24, 9, 30);
const chat = (id: string, at: Date, is_pinned = false): Chat => ({
  id, title: id, model: 'auto', created_at: 0, updated_at: at.getTime() / 1000, is_pinned, is_archived: false, leaf: null, running: null,
});

describe('the groups of chats', () => {
  it('follow the calendar of where the person is', () => {
    const chats = [
      chat('pinned', new Date(2025, 1, 1), true),
      chat('this morning', new Date(2026, 10, 24, 0, 5)),
      chat('last night', new Date(2026, 10, 23, 23, 55)),
      chat('last week', new Date(2026, 10, 18)),
      chat('in spring', new Date(2026, 3, 2)),
      chat('also in spring', new Date(2026, 3, 1)),
    ];
    const found = grouped(chats, now).map((group) => [group.id, group.chats.map((it) => it.id)]);
    expect(found).toEqual([
      ['pinned', ['pinned']],
      ['today', ['this morning']],
      ['yesterday', ['last night']],
      ['week', ['last week']],
      ['month-2026-4', ['in spring', 'also in spring']],
    ]);
  });
});
