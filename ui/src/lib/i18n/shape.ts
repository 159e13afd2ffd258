// What a dictionary has to look like: the keys and arguments of the English one, with any texts.
import type { sharedEn } from './shared-en.ts';

export type Translated<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Translated<T[K]> };

export type SharedMessages = Translated<typeof sharedEn>;

export type LocaleId = 'en' | 'zh';
