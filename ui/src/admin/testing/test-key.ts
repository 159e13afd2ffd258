// A key for a few minutes that may ask one account alone: what a test asks with. It is removed when the test is
// closed, also when the page itself is.
import { admin } from '../../lib/api/admin.ts';
import type { Key } from '../../lib/api/admin-types.ts';

const MINUTES = 5;
/** A key that ends this soon is not begun with any more. */
const SPARE_SECONDS = 60;

const now = () => Math.floor(Date.now() / 1000);

export class TestKey {
  readonly #name: string;
  readonly #account: string;
  #made: Promise<Key> | undefined;
  #endsAt = 0;
  #id: string | undefined;
  #isClosed = false;

  constructor(name: string, account: string) {
    this.#name = name;
    this.#account = account;
    addEventListener('pagehide', this.#leave);
  }

  /** The headers of a request with it. */
  async headers(): Promise<Record<string, string>> {
    // What was on its way when the test was closed makes no key any more.
    if (this.#isClosed) throw new DOMException('', 'AbortError');
    if (this.#made && this.#endsAt - now() < SPARE_SECONDS) await this.#remove();
    if (!this.#made) {
      this.#endsAt = now() + MINUTES * 60;
      const policy = { models: [], drivers: [], accounts: [this.#account], max_in_use: 1, budgets: [] };
      this.#made = admin.createKey(this.#name, policy, this.#endsAt);
      // What failed is asked for anew.
      this.#made.catch(() => (this.#made = undefined));
    }
    const key = await this.#made;
    this.#id = key.id;
    return { authorization: `Bearer ${key.key ?? ''}` };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    removeEventListener('pagehide', this.#leave);
    await this.#remove();
  }

  async #remove(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    this.#id = undefined;
    const key = await made?.catch(() => undefined);
    // One that is gone already is gone.
    if (key) await admin.removeKey(key.id).catch(() => undefined);
  }

  /** No time to wait for anything. */
  readonly #leave = () => {
    if (this.#id) admin.removeKeyOnLeaving(this.#id);
    this.#made = undefined;
    this.#id = undefined;
  };
}
