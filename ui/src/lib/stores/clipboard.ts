// Copying, with a word on how it went.
import { s } from '../i18n/locale.svelte.ts';
import { toasts } from './toasts.svelte.ts';

/** Whether it went well. The clipboard is there behind https and on this machine only. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (copyThroughSelection(text)) return true;
    toasts.bad(s().copyFailed);
    return false;
  }
}

/** The older way, for a gateway that is reached by plain http in a home network. */
function copyThroughSelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
