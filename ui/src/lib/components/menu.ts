// What a menu is made of; `Menu.svelte` draws it.
import type { IconName } from './icons.ts';

export type MenuItem = {
  text: string;
  icon?: IconName;
  run?: () => void;
  href?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Whether it is the chosen one of several; it is none of several where this is missing. */
  checked?: boolean;
  note?: string;
};

/** A `row` holds a few short choices beside each other. */
export type MenuEntry = 'line' | { label: string } | { row: MenuItem[] } | MenuItem;
