// The models that an answer can be asked for again with, as entries of a menu.
import type { MenuEntry } from '../lib/components/menu.ts';
import { t } from './i18n/texts.ts';
import type { Conversation } from './stores/conversation.svelte.ts';
import { modelName, models } from './stores/models.svelte.ts';
import type { Node } from './stores/node.svelte.ts';

const MOST = 12;

export function otherModels(conversation: Conversation, node: Node): MenuEntry[] {
  return models.all
    .filter((model) => model.id !== models.chosen)
    .slice(0, MOST)
    .map((model) => ({ text: modelName(model.id, t().header.auto), run: () => void conversation.regenerate(node, model.id) }));
}
