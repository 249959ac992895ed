/** The environment of a program whose time-outs a test waits for: its clock goes ten times as fast (`hasty-clock.ts`). */
export const hastily = { NODE_OPTIONS: `--import=${new URL('./hasty-clock.ts', import.meta.url)}` };
