// The ways to add accounts, as the address names them.
export const ADD_WAYS = ['paste', 'file', 'sign-in'] as const;

export type AddWay = (typeof ADD_WAYS)[number];

/** The way that an address names; the first for any other word, nothing without one. */
export function addWayOf(text: string | null): AddWay | undefined {
  return text === null ? undefined : (ADD_WAYS.find((way) => way === text) ?? ADD_WAYS[0]);
}
