import type { QuickStore } from './model/unsent.ts';

/** The browser's `localStorage`. Where it is full or forbidden, nothing is kept. */
export const quickStore: QuickStore = {
  keys: () => attempt(() => Object.keys(localStorage)) ?? [],
  get: (key) => attempt(() => localStorage.getItem(key)) ?? undefined,
  put: (key, value) => attempt(() => localStorage.setItem(key, value)),
  remove: (key) => attempt(() => localStorage.removeItem(key)),
};

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
