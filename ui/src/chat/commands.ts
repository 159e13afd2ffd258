// What can be done by a shortcut or from the palette.
import type { IconName } from '../lib/components/icons.ts';
import { copy } from '../lib/stores/clipboard.ts';
import { preferences } from '../lib/stores/preferences.svelte.ts';
import { router } from '../lib/stores/router.svelte.ts';
import { s } from '../lib/i18n/locale.svelte.ts';
import { toasts } from '../lib/stores/toasts.svelte.ts';
import { answerText } from '../lib/stream/turn.ts';
import { t } from './i18n/texts.ts';
import type { ShortcutId } from './shortcuts.ts';
import { view } from './stores/view.svelte.ts';

export type Command = { id: string; text: string; icon: IconName; run: () => void };

async function copyOut(text: string | undefined): Promise<void> {
  if (text && (await copy(text))) toasts.show(s().copied);
}

function lastAnswer(): string | undefined {
  return view.conversation.path.map((node) => answerText(node.turn)).findLast((text) => text !== '');
}

/** The last fenced block of the last answer that has one. */
export function lastCode(answers: string[]): string | undefined {
  const blocks = answers.flatMap((text) => [...text.matchAll(/^ {0,3}(`{3,})[^\n]*\n([\s\S]*?)^ {0,3}\1`*[ \t]*$/gm)].map((match) => match[2]));
  return blocks.at(-1)?.replace(/\n$/, '');
}

export const actions: Partial<Record<ShortcutId, () => void>> = {
  palette: () => (view.dialog = 'palette'),
  newChat: () => view.newChat(),
  sidebar() {
    if (innerWidth <= 860) view.isDrawerOpen = !view.isDrawerOpen;
    else preferences.setSidebar(!preferences.sidebar);
  },
  composer: () => view.focusComposer(),
  copyAnswer: () => void copyOut(lastAnswer()),
  copyCode: () => void copyOut(lastCode(view.conversation.path.map((node) => answerText(node.turn)))),
  remove() {
    const { chat } = view.conversation;
    if (chat) void view.remove(chat);
  },
  sheet: () => (view.dialog = 'shortcuts'),
};

/** Commands of the palette, in the language in use. */
export function commands(): Command[] {
  const words = t();
  const isTemporary = view.conversation.isTemporary;
  return [
    { id: 'newChat', text: words.sidebar.newChat, icon: 'pencil', run: () => view.newChat() },
    {
      id: 'temporary',
      text: isTemporary ? words.header.temporaryOn : words.header.temporary,
      icon: 'temporary',
      run: () => router.go(isTemporary ? '/' : '/temporary'),
    },
    { id: 'copyAnswer', text: words.shortcuts.copyAnswer, icon: 'copy', run: () => actions.copyAnswer?.() },
    { id: 'sidebar', text: words.shortcuts.sidebar, icon: 'sidebar', run: () => actions.sidebar?.() },
    { id: 'archive', text: words.settings.openArchive, icon: 'archive', run: () => router.go('/archive') },
    { id: 'debug', text: words.debug.title, icon: 'bug', run: () => (view.pane = { kind: 'debug' }) },
    { id: 'settings', text: words.settings.title, icon: 'settings', run: () => view.openSettings() },
    { id: 'sheet', text: words.shortcuts.title, icon: 'keyboard', run: () => (view.dialog = 'shortcuts') },
  ];
}
