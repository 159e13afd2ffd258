// Settings as they are shown: what was changed, what is found, and in which groups.
import type { Setting } from '../../lib/api/admin-types.ts';

/** How the gateway writes a value that is not there, and one that it does not show. */
const UNSET = '(not set)';
const HIDDEN = '(set, not shown)';

export const isUnset = (setting: Setting) => setting.value === UNSET;
export const isHidden = (setting: Setting) => setting.value === HIDDEN;
export const isChanged = (setting: Setting) =>
  setting.origin !== 'default' && !isUnset(setting) && setting.value !== setting.default;

export type Group = { name: string; settings: Setting[] };

/** Those that hold every word, by group in the order they came. */
export function grouped(settings: Setting[], search: string, onlyChanged: boolean): Group[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const text = `${setting.name} ${setting.value} ${setting.help}`.toLowerCase();
    if (onlyChanged && setting.origin === 'default') continue;
    if (!words.every((word) => text.includes(word))) continue;
    const group = groups.get(setting.group);
    if (group) group.push(setting);
    else groups.set(setting.group, [setting]);
  }
  return [...groups].map(([name, found]) => ({ name, settings: found }));
}
