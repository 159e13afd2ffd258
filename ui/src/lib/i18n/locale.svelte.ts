// The language in use and its texts. Each page has a dictionary of its own beside the shared one; the one that
// is not in use is not loaded.
import { remember } from '../stores/storage.ts';
import type { LocaleId, SharedMessages } from './shape.ts';

export type Dictionary<A> = { shared: SharedMessages; app: A };
export type Loaders<A> = Record<LocaleId, () => Promise<Dictionary<A>>>;

class Locale {
  id = $state<LocaleId>('en');
  #dictionary = $state.raw<Dictionary<unknown> | undefined>();
  #loaders: Loaders<unknown> | undefined;

  /** Loads the language that the boot script chose. Nothing is shown before. */
  async begin(loaders: Loaders<unknown>): Promise<void> {
    this.#loaders = loaders;
    await this.#use(document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');
  }

  async choose(id: LocaleId): Promise<void> {
    await this.#use(id);
    remember('locale', id);
  }

  get dictionary(): Dictionary<unknown> {
    if (!this.#dictionary) throw new Error('no language is loaded');
    return this.#dictionary;
  }

  get tag(): string {
    return this.id === 'zh' ? 'zh-CN' : 'en';
  }

  async #use(id: LocaleId): Promise<void> {
    this.#dictionary = await this.#loaders?.[id]();
    this.id = id;
    document.documentElement.lang = this.tag;
  }
}

export const locale = new Locale();

/** The shared texts. */
export const s = (): SharedMessages => locale.dictionary.shared;
