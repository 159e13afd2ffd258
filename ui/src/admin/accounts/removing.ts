// Taking accounts away, all or some, with a way back.
import { admin } from '../../lib/api/admin.ts';
import type { Cleared } from '../../lib/api/admin-types.ts';
import { s } from '../../lib/i18n/locale.svelte.ts';
import { toasts } from '../../lib/stores/toasts.svelte.ts';
import { t } from '../i18n/texts.ts';
import { jobs, reasonOf } from '../stores/jobs.svelte.ts';

const UNDO_SECONDS = 20;

/** Takes accounts away, tells of it, and offers to bring them back. */
export async function takeAway(work: () => Promise<Cleared>, told: (count: number) => string): Promise<void> {
  try {
    const { clearing, count } = await work();
    const action = { label: s().undo, run: () => void bringBack(clearing) };
    toasts.show(told(count), { action, seconds: UNDO_SECONDS });
  } catch (error) {
    toasts.bad(reasonOf(error));
  }
  jobs.ended += 1;
}

async function bringBack(clearing: string): Promise<void> {
  try {
    toasts.show(t().accounts.restored((await admin.undo(clearing)).restored));
  } catch (error) {
    toasts.bad(reasonOf(error));
  }
  jobs.ended += 1;
}
