// The models that can be asked, the one that is chosen, and how hard it is to think.
import { api } from '../../lib/api/chat.ts';
import type { Model } from '../../lib/api/chat-types.ts';
import { recall, remember } from '../../lib/stores/storage.ts';

export type Effort = 'default' | 'low' | 'medium' | 'high';
export const EFFORTS: Effort[] = ['default', 'low', 'medium', 'high'];

class Models {
  all = $state.raw<Model[]>([]);
  gpts = $state.raw<Model[]>([]);
  isLoaded = $state(false);
  chosen = $state(recall('model') ?? 'auto');
  effort = $state<Effort>('default');

  async load(): Promise<void> {
    try {
      const { data } = await api.models();
      this.all = arranged(data);
      this.gpts = gptsOf(data);
      const isThere = (id: string) => id.startsWith('gizmo-') || data.some((model) => model.id === id);
      const first = this.all[0];
      if (!isThere(this.chosen) && first) this.chosen = first.id;
    } finally {
      this.isLoaded = true;
    }
  }

  choose(id: string): void {
    this.chosen = id;
    if (!id.startsWith('gizmo-')) remember('model', id);
  }
}

/** These answer no message. */
const NOT_FOR_CHATS = /embedding|moderation|whisper|^(tts|dall-e|sora)|-(tts|transcribe|realtime|audio|image)(-|$)/;

/** Without GPTs, second spellings of the same name, and what answers no message; `auto` first, then the newest. */
export function arranged(models: Model[]): Model[] {
  const ids = new Set(models.map((model) => model.id));
  const dotted = (id: string) => id.replace(/^(gpt-\d+)-(\d+)(?=-|$)/, '$1.$2');
  const isShown = (id: string) => !/^(gizmo-|g-)/.test(id) && !NOT_FOR_CHATS.test(id) && (dotted(id) === id || !ids.has(dotted(id)));
  const rank = (id: string) => (id === 'auto' ? 1000 : Number(/^gpt-(\d+(?:\.\d+)?)/.exec(dotted(id))?.[1] ?? 0));
  return models.filter(({ id }) => isShown(id)).sort((a, b) => rank(b.id) - rank(a.id) || a.id.localeCompare(b.id));
}

/** GPTs; projects are listed among them, and are none. */
export function gptsOf(models: Model[]): Model[] {
  return models.filter(({ id }) => id.startsWith('gizmo-') && !id.startsWith('gizmo-g-p-'));
}

/** A model's name for people. */
export function modelName(id: string, auto: string): string {
  if (id === 'auto') return auto;
  return id.replace(/^gizmo-/, '').replace(/^(gpt-\d+)-(\d+)(?=-|$)/, '$1.$2');
}

export const models = new Models();
