// Names of files by their ids: those of this visit at once, others when they are asked for.
import { SvelteMap } from 'svelte/reactivity';
import { api } from '../../lib/api/chat.ts';

class FileNames {
  readonly #known = new SvelteMap<string, string>();
  readonly #previews = new Map<string, string>();
  readonly #asked = new Set<string>();

  put(id: string, name: string, preview?: string): void {
    this.#known.set(id, name);
    if (preview) this.#previews.set(id, preview);
  }

  /** Where a picture is shown from: what the person has just chosen, else what the gateway keeps. */
  address(id: string): string {
    return this.#previews.get(id) ?? api.fileAddress(id);
  }

  of(id: string): string {
    return this.#known.get(id) ?? '…';
  }

  async ask(id: string): Promise<void> {
    if (this.#known.has(id) || this.#asked.has(id)) return;
    this.#asked.add(id);
    try {
      this.put(id, (await api.file(id)).filename);
    } catch {
      this.put(id, id);
    }
  }
}

export const fileNames = new FileNames();
