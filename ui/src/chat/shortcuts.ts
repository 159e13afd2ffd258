// Every shortcut in one place: the sheet, the labels beside buttons, and what a key does come from here.
export type ShortcutId =
  | 'palette'
  | 'newChat'
  | 'sidebar'
  | 'composer'
  | 'copyAnswer'
  | 'copyCode'
  | 'remove'
  | 'sheet'
  | 'escape'
  | 'editLast'
  | 'branch';

export type Shortcut = { id: ShortcutId; keys: string[]; matches?: (event: KeyboardEvent) => boolean };

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = isMac ? '⌘' : 'Ctrl';
const SHIFT = isMac ? '⇧' : 'Shift';

const mod = (event: KeyboardEvent) => (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;
/** By the place of the key, so that it is the same on keyboards of other languages. */
const with2 = (code: string) => (event: KeyboardEvent) => mod(event) && event.shiftKey && event.code === code;

export const SHORTCUTS: Shortcut[] = [
  { id: 'palette', keys: [MOD, 'K'], matches: (event) => mod(event) && !event.shiftKey && event.code === 'KeyK' },
  { id: 'newChat', keys: [MOD, SHIFT, 'O'], matches: with2('KeyO') },
  { id: 'sidebar', keys: [MOD, SHIFT, 'S'], matches: with2('KeyS') },
  { id: 'composer', keys: [SHIFT, 'Esc'], matches: (event) => event.shiftKey && event.key === 'Escape' },
  { id: 'copyAnswer', keys: [MOD, SHIFT, 'C'], matches: with2('KeyC') },
  { id: 'copyCode', keys: [MOD, SHIFT, ';'], matches: with2('Semicolon') },
  { id: 'remove', keys: [MOD, SHIFT, '⌫'], matches: with2('Backspace') },
  { id: 'sheet', keys: [MOD, '/'], matches: (event) => mod(event) && event.code === 'Slash' },
  // These depend on where the person is; the composer and the messages listen for them.
  { id: 'escape', keys: ['Esc'] },
  { id: 'editLast', keys: ['↑'] },
  { id: 'branch', keys: ['Alt', '←/→'] },
];

export function keysOf(id: ShortcutId): string {
  return SHORTCUTS.find((shortcut) => shortcut.id === id)?.keys.join(' ') ?? '';
}

export function shortcutOf(event: KeyboardEvent): ShortcutId | undefined {
  return SHORTCUTS.find((shortcut) => shortcut.matches?.(event))?.id;
}
