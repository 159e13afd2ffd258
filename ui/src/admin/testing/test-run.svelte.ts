// One message to one account and its answer as it comes, with how long it took.
import { attention } from '../stores/attention.svelte.ts';
import { faultOf, json, send, type Fault } from '../../lib/api/http.ts';
import { fold } from '../../lib/stream/fold.ts';
import { follow } from '../../lib/stream/follow.ts';
import { answerText, isOver, newTurn } from '../../lib/stream/turn.ts';
import { TestKey } from './test-key.ts';

const FIRST_MODEL = 'auto';

export class TestRun {
  models = $state.raw<string[]>([]);
  turn = $state(newTurn());
  isRunning = $state(false);
  firstTextMs = $state<number | undefined>();
  totalMs = $state<number | undefined>();
  fault = $state.raw<Fault | undefined>();
  /** The connection ended before the answer did. */
  isDropped = $state(false);
  readonly text = $derived.by(() => answerText(this.turn));
  readonly #key: TestKey;
  #abort: AbortController | undefined;
  #begunAt = 0;

  constructor(name: string, account: string) {
    this.#key = new TestKey(name, account);
  }

  /** What the account may be asked for. */
  async loadModels(): Promise<void> {
    try {
      const { data } = await json<{ data: { id: string }[] }>(`${await base()}/models`, {
        headers: await this.#key.headers(),
        isGuess: true,
      });
      const ids = data.map((model) => model.id);
      this.models = ids.includes(FIRST_MODEL) ? [FIRST_MODEL, ...ids.filter((id) => id !== FIRST_MODEL)] : ids;
    } catch (error) {
      this.fault = faultOf(error);
    }
  }

  async ask(model: string, input: string): Promise<void> {
    this.#reset();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const headers = await this.#key.headers();
      const path = `${await base()}/responses`;
      this.#begunAt = performance.now();
      const body = { model, input, stream: true, store: false };
      const outcome = await follow({
        start: () => send(path, { body, headers, signal: abort.signal, isGuess: true }),
        onEvent: (event) => this.#take(event),
        signal: abort.signal,
      });
      this.isDropped = outcome === 'dropped';
    } catch (error) {
      this.fault = faultOf(error);
    } finally {
      if (this.#begunAt > 0) this.totalMs = performance.now() - this.#begunAt;
      this.isRunning = false;
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#key.close();
  }

  #reset(): void {
    this.turn = newTurn();
    this.fault = undefined;
    this.isDropped = false;
    this.firstTextMs = undefined;
    this.totalMs = undefined;
    this.#begunAt = 0;
    this.isRunning = true;
  }

  #take(event: Record<string, unknown>): boolean {
    fold(this.turn, event);
    if (this.firstTextMs === undefined && this.text !== '') this.firstTextMs = performance.now() - this.#begunAt;
    return isOver(this.turn);
  }
}

/** The path of the public API, which may be below a prefix, on the host of these pages. */
async function base(): Promise<string> {
  const overview = attention.overview ?? (await attention.load());
  return new URL(overview.api_base, location.href).pathname.replace(/\/$/, '');
}
