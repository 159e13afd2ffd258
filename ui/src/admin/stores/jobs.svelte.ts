// Work on many accounts: two at a time, a result for each, failures to be tried again. Goes on while the person
// looks at other pages.
import { admin, type AccountWork } from '../../lib/api/admin.ts';
import { ApiError, faultOf } from '../../lib/api/http.ts';
import { s } from '../../lib/i18n/locale.svelte.ts';

export type Target = { id: string; label: string };
export type Failure = Target & { reason: string };

const AT_ONCE = 2;

export class Job {
  readonly kind: AccountWork;
  readonly targets: Target[];
  done = $state(0);
  failures = $state<Failure[]>([]);
  isStopped = $state(false);
  readonly isOver = $derived.by(() => this.isStopped || this.done === this.targets.length);
  readonly #ended: () => void;

  constructor(kind: AccountWork, targets: Target[], ended: () => void) {
    this.kind = kind;
    this.targets = targets;
    this.#ended = ended;
  }

  async run(): Promise<void> {
    const waiting = [...this.targets];
    const worker = async () => {
      for (let next = waiting.shift(); next && !this.isStopped; next = waiting.shift()) await this.#one(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.#ended();
  }

  async #one(target: Target): Promise<void> {
    try {
      await admin.workOnAccount(target.id, this.kind);
    } catch (error) {
      this.failures.push({ ...target, reason: reasonOf(error) });
    }
    this.done += 1;
  }
}

class Jobs {
  current = $state<Job | undefined>();
  /** Moves on when a job ends, so that lists load anew. */
  ended = $state(0);

  start(kind: AccountWork, targets: Target[]): void {
    const job = new Job(kind, targets, () => (this.ended += 1));
    this.current = job;
    void job.run();
  }

  retryFailed(): void {
    const job = this.current;
    if (job) this.start(job.kind, job.failures.map(({ id, label }) => ({ id, label })));
  }

  close(): void {
    if (this.current?.isOver) this.current = undefined;
  }
}

export const jobs = new Jobs();

/** What went wrong, in words for a person. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return s().unexpected;
  const fault = faultOf(error);
  return fault.code === 'unreachable' ? s().unreachable : fault.message || s().unexpected;
}
