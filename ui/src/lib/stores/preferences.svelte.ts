// Theme, text size and how keys work, as the person chose them; kept in the browser.
import { recall, remember } from './storage.ts';

export type Theme = 'system' | 'light' | 'dark';
export type TextSize = 'small' | 'normal' | 'large';
export type SendKey = 'enter' | 'ctrl-enter';

const THEMES = ['system', 'light', 'dark'];
const SIZES = ['small', 'normal', 'large'];

function known<T extends string>(value: string | null, all: readonly string[], usual: T): T {
  return value !== null && all.includes(value) ? (value as T) : usual;
}

class Preferences {
  theme = $state<Theme>(known(recall('theme'), THEMES, 'system'));
  size = $state<TextSize>(known(recall('size'), SIZES, 'normal'));
  sendKey = $state<SendKey>(known(recall('send'), ['enter', 'ctrl-enter'], 'enter'));
  letterKeys = $state(recall('letters') !== 'off');
  sidebar = $state(recall('sidebar') !== 'closed');
  /** What is shown, with the system asked. Charts are drawn anew when it changes. */
  shown = $state<'light' | 'dark'>(document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light');

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#show());
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    remember('theme', theme === 'system' ? null : theme);
    this.#show();
  }

  setSize(size: TextSize): void {
    this.size = size;
    remember('size', size === 'normal' ? null : size);
    document.documentElement.dataset['size'] = size;
  }

  setSendKey(key: SendKey): void {
    this.sendKey = key;
    remember('send', key === 'enter' ? null : key);
  }

  setLetterKeys(on: boolean): void {
    this.letterKeys = on;
    remember('letters', on ? null : 'off');
  }

  setSidebar(open: boolean): void {
    this.sidebar = open;
    remember('sidebar', open ? null : 'closed');
  }

  #show(): void {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    this.shown = this.theme === 'system' ? (dark ? 'dark' : 'light') : this.theme;
    document.documentElement.dataset['theme'] = this.shown;
  }
}

export const preferences = new Preferences();
