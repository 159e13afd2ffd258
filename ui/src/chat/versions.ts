// Going from one version of a question or an answer to another, by button or by key, without losing the place.
import { tick } from 'svelte';
import type { Conversation } from './stores/conversation.svelte.ts';
import type { Node } from './stores/node.svelte.ts';

export type Part = 'question' | 'answer';

export function showVersion(conversation: Conversation, next: Node, part: Part): void {
  conversation.select(next);
  // The turn is another element now, and the focus went with the old one.
  void tick().then(() => {
    const turn = document.querySelector(`[data-turn="${CSS.escape(next.key)}"]`);
    turn?.querySelector<HTMLElement>(`.${part} .pager button:not(:disabled)`)?.focus({ preventScroll: true });
  });
}

/** The version that Alt and an arrow lead to. */
export function versionByKey(event: KeyboardEvent, versions: Node[], current: Node): Node | undefined {
  if (!event.altKey || !/^Arrow(Left|Right)$/.test(event.key)) return undefined;
  return versions[versions.indexOf(current) + (event.key === 'ArrowLeft' ? -1 : 1)];
}
