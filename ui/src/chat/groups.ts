// Chats in groups by when they were last used: pinned ones, today, yesterday, the last week, then months.
import type { Chat } from '../lib/api/chat-types.ts';

export type Group = { id: 'pinned' | 'today' | 'yesterday' | 'week' | `month-${string}`; at: number; chats: Chat[] };

const DAY = 86_400_000;

export function grouped(chats: Chat[], now: Date): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const groups = new Map<Group['id'], Group>();
  for (const chat of chats) {
    const id = groupOf(chat, midnight);
    const group = groups.get(id) ?? { id, at: chat.updated_at, chats: [] };
    group.chats.push(chat);
    groups.set(id, group);
  }
  return [...groups.values()];
}

function groupOf(chat: Chat, midnight: number): Group['id'] {
  if (chat.is_pinned) return 'pinned';
  const at = chat.updated_at * 1000;
  if (at >= midnight) return 'today';
  if (at >= midnight - DAY) return 'yesterday';
  if (at >= midnight - 7 * DAY) return 'week';
  const date = new Date(at);
  return `month-${date.getFullYear()}-${date.getMonth() + 1}`;
}
