// The list of chats at the side: pages of it, and what is done with a chat, shown at once and put back if it fails.
import { api, type ChatChange } from '../../lib/api/chat.ts';
import type { Chat } from '../../lib/api/chat-types.ts';
import { s } from '../../lib/i18n/locale.svelte.ts';
import { toasts } from '../../lib/stores/toasts.svelte.ts';
import { t } from '../i18n/texts.ts';

const PAGE = 50;

export class ChatList {
  chats = $state.raw<Chat[]>([]);
  next = $state<string | null>(null);
  isLoaded = $state(false);
  error = $state.raw<unknown>();
  #isLoading = false;
  readonly #archived: boolean;

  constructor(archived = false) {
    this.#archived = archived;
  }

  async load(): Promise<void> {
    try {
      const page = await api.chats({ archived: this.#archived, limit: PAGE });
      this.chats = page.chats;
      this.next = page.next;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    } finally {
      this.isLoaded = true;
    }
  }

  async more(): Promise<void> {
    if (!this.next || this.#isLoading) return;
    this.#isLoading = true;
    try {
      const page = await api.chats({ archived: this.#archived, before: this.next, limit: PAGE });
      const known = new Set(this.chats.map((chat) => chat.id));
      this.chats = [...this.chats, ...page.chats.filter((chat) => !known.has(chat.id))];
      this.next = page.next;
    } catch {
      // The button stays, and can be pressed again.
    } finally {
      this.#isLoading = false;
    }
  }

  /** Puts a new or changed chat where it belongs. */
  put(chat: Chat): void {
    const rest = this.chats.filter((it) => it.id !== chat.id);
    this.chats = chat.is_archived === this.#archived ? arranged([...rest, chat]) : rest;
  }

  async change(chat: Chat, change: ChatChange): Promise<void> {
    const before = this.chats;
    this.put({ ...chat, ...change });
    try {
      this.put(await api.changeChat(chat.id, change));
    } catch {
      this.chats = before;
      toasts.bad(s().unexpected);
    }
  }

  async archive(chat: Chat): Promise<void> {
    await this.change(chat, { is_archived: !chat.is_archived });
    if (chat.is_archived) return;
    const undo = () => void this.change({ ...chat, is_archived: true }, { is_archived: false });
    toasts.show(t().sidebar.archived(titleOf(chat)), { action: { label: s().undo, run: undo } });
  }

  async remove(chat: Chat): Promise<void> {
    const before = this.chats;
    this.chats = this.chats.filter((it) => it.id !== chat.id);
    try {
      await api.removeChat(chat.id);
    } catch {
      this.chats = before;
      toasts.bad(s().unexpected);
      return;
    }
    const undo = async () => {
      try {
        this.put(await api.restoreChat(chat.id));
      } catch {
        toasts.bad(s().unexpected);
      }
    };
    toasts.show(t().sidebar.removed(titleOf(chat)), { action: { label: s().undo, run: () => void undo() } });
  }
}

export function titleOf(chat: { title: string }): string {
  return chat.title || t().untitled;
}

function arranged(chats: Chat[]): Chat[] {
  return chats.sort((a, b) => Number(b.is_pinned) - Number(a.is_pinned) || b.updated_at - a.updated_at);
}

export const list = new ChatList();
