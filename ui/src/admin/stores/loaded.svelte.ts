// Something that is asked for and shown: what came last, whether more is coming, and what went wrong.
import { wasAborted } from '../../lib/api/http.ts';

export class Loaded<T> {
  value = $state.raw<T | undefined>();
  error = $state.raw<unknown>();
  isLoading = $state(false);
  /** When `value` came, in unix seconds. */
  at = $state(0);
  #turn = 0;
  readonly #ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Asks again; what is shown stays until the answer is there. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.isLoading = true;
    try {
      const value = await this.#ask();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = undefined;
      this.at = Date.now() / 1000;
    } catch (error) {
      if (turn !== this.#turn || wasAborted(error)) return;
      this.error = error;
    } finally {
      if (turn === this.#turn) this.isLoading = false;
    }
  }
}

/** Runs `load` every so many seconds while the page is in sight; for `$effect`. */
export function every(seconds: number, load: () => void): () => void {
  const tick = setInterval(() => {
    if (document.visibilityState === 'visible') load();
  }, seconds * 1000);
  return () => clearInterval(tick);
}
