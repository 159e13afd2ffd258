// What is on the screen beside the conversation: dialogs, panels, the picture that is looked at; and the moves
// between chats.
import type { Chat } from '../../lib/api/chat-types.ts';
import { router } from '../../lib/stores/router.svelte.ts';
import { Draft } from './composer.svelte.ts';
import { Conversation } from './conversation.svelte.ts';
import { list } from './list.svelte.ts';
import { models } from './models.svelte.ts';

export type DialogName = 'palette' | 'shortcuts' | 'settings';
export type Pane = { kind: 'debug' } | { kind: 'sources'; key: string } | { kind: 'document'; key: string; itemId: string };
export type Shown = { address: string; name: string };

class View {
  conversation = $state.raw(new Conversation());
  readonly draft = new Draft();
  dialog = $state<DialogName | undefined>();
  pane = $state.raw<Pane | undefined>();
  picture = $state.raw<Shown | undefined>();
  isDrawerOpen = $state(false);
  /** Said to screen readers. */
  announcement = $state('');
  /** The message that is being edited, by the key of its turn. */
  edited = $state<string | undefined>();

  /** Shows what the address names. */
  follow(path: string): void {
    const id = /^\/c\/([^/]+)$/.exec(path)?.[1];
    const gizmo = /^\/g\/([^/]+)$/.exec(path)?.[1];
    if (id && this.conversation.chat?.id === id) return;
    if (id) this.#begin(new Conversation(), id);
    else if (path === '/temporary') this.#begin(new Conversation(true));
    else if (path === '/' || gizmo) {
      if (gizmo) models.choose(gizmo.startsWith('gizmo-') ? gizmo : `gizmo-${gizmo}`);
      this.#begin(new Conversation());
    }
  }

  newChat(): void {
    const { path } = router;
    if (path === '/') this.#begin(new Conversation());
    else router.go('/');
    this.focusComposer();
  }

  openSettings(): void {
    this.dialog = 'settings';
  }

  async remove(chat: Chat): Promise<void> {
    if (this.conversation.chat?.id === chat.id) this.newChat();
    await list.remove(chat);
  }

  async archive(chat: Chat): Promise<void> {
    if (this.conversation.chat?.id === chat.id) this.newChat();
    await list.archive(chat);
  }

  focusComposer(): void {
    setTimeout(() => document.getElementById('composer')?.focus(), 0);
  }

  say(text: string): void {
    this.announcement = '';
    setTimeout(() => (this.announcement = text), 50);
  }

  #begin(conversation: Conversation, id?: string): void {
    this.conversation.leave();
    this.conversation = conversation;
    this.pane = this.pane?.kind === 'debug' ? this.pane : undefined;
    this.edited = undefined;
    conversation.onCreated = (chat) => {
      if (this.conversation === conversation) router.go(`/c/${chat.id}`, true);
    };
    this.draft.begin(id, conversation.isTemporary);
    if (id) void conversation.open(id);
  }
}

export const view = new View();
