// Saves chats as files.
import { api } from '../../lib/api/chat.ts';
import type { Chat, OpenedChat } from '../../lib/api/chat-types.ts';
import { s } from '../../lib/i18n/locale.svelte.ts';
import { download, fileName } from '../../lib/stores/download.ts';
import { toasts } from '../../lib/stores/toasts.svelte.ts';
import { jsonOf, markdownOf } from '../export.ts';
import { t } from '../i18n/texts.ts';
import { filesOf } from '../input.ts';
import { fileNames } from './file-names.svelte.ts';
import { titleOf } from './list.svelte.ts';

export async function exportChat(chat: Chat, kind: 'markdown' | 'json'): Promise<void> {
  try {
    const opened = await api.openChat(chat.id);
    if (kind === 'json') return download(fileName(titleOf(chat), 'json'), jsonOf(opened), 'application/json');
    const files = opened.turns.flatMap((turn) => filesOf(turn.input));
    await Promise.all(files.map((file) => fileNames.ask(file.id)));
    const text = markdownOf(opened, t().exported, (id) => fileNames.of(id));
    download(fileName(titleOf(chat), 'md'), text, 'text/markdown');
  } catch {
    toasts.bad(s().unexpected);
  }
}

/** All chats in one file, one asked for after the other. */
export async function exportAll(onProgress: (done: number, total: number) => void): Promise<void> {
  const chats: Chat[] = [];
  for (const archived of [false, true]) {
    let before: string | null = null;
    do {
      const page = await api.chats({ archived, before, limit: 100 });
      chats.push(...page.chats);
      before = page.next;
    } while (before);
  }
  const opened: OpenedChat[] = [];
  for (const [index, chat] of chats.entries()) {
    onProgress(index, chats.length);
    opened.push(await api.openChat(chat.id));
  }
  const text = `${JSON.stringify({ format: 'flowgpt.chats.v1', chats: opened }, null, 2)}\n`;
  download('flowgpt-chats.json', text, 'application/json');
}
