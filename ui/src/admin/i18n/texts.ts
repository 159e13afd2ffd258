// The texts of the admin in the language in use.
import { locale, type Loaders } from '../../lib/i18n/locale.svelte.ts';
import type { Translated } from '../../lib/i18n/shape.ts';
import type { en } from './en.ts';

export type AdminMessages = Translated<typeof en>;

export const loaders: Loaders<AdminMessages> = {
  en: async () => (await import('./bundle-en.ts')).default,
  zh: async () => (await import('./bundle-zh.ts')).default,
};

export const t = (): AdminMessages => locale.dictionary.app as AdminMessages;
