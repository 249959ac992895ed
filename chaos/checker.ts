import { readerViolations } from './check-readers.ts';
import { storeViolations } from './check-store.ts';
import type { History } from './history.ts';
import type { Violation } from './violation.ts';

/** What has to have happened at least, or at most, for a run to mean anything. */
export interface Least {
  readonly acknowledged: number;
  /** Kills, at named points or not. */
  readonly kills: number;
  /** Sends of which nobody knows what came of them at first are the ones that retries repeat. */
  readonly received: number;
  readonly recoveryMs: number;
  /** Faults that have to have happened, by their names. */
  readonly faults: readonly string[];
}

/** Decides whether a promise was broken. Without `least`, nothing is vacuous or slow. */
export function violationsIn(history: History, least?: Least): Violation[] {
  return [
    ...history.damage.map((line): Violation => ({ kind: 'damaged', what: line, excerpt: [] })),
    ...(history.isSettled ? [] : [unsettled]),
    ...storeViolations(history),
    ...readerViolations(history),
    ...(least === undefined ? [] : vacuousness(history, least)),
  ];
}

const unsettled: Violation = {
  kind: 'slow recovery',
  what: 'after the last fault not everybody came back, or not everything that was sent got an answer',
  excerpt: [],
};

export const isKill = (name: string): boolean => name.startsWith('kill');

function vacuousness({ sends, readings, faults }: History, least: Least): Violation[] {
  const acknowledged = sends.filter(({ outcome }) => outcome?.kind === 'stored').length;
  const received = readings
    .filter(({ kind }) => kind === 'live')
    .reduce((sum, { got }) => sum + got.length, 0);
  const kills = faults.filter(({ name }) => isKill(name)).length;
  const tooFew = (what: string, there: number, needed: number): Violation[] =>
    there >= needed
      ? []
      : [{ kind: 'vacuous', what: `${there} ${what}, and fewer than ${needed} prove little`, excerpt: [] }];
  const names = new Set(faults.map(({ name }) => name));
  return [
    ...tooFew('acknowledged messages', acknowledged, least.acknowledged),
    ...tooFew('messages received', received, least.received),
    ...tooFew('kills', kills, least.kills),
    ...least.faults
      .filter((name) => !names.has(name))
      .map((name): Violation => ({ kind: 'vacuous', what: `there was no ${name}`, excerpt: [] })),
    ...faults
      .filter(({ recoveryMs = 0 }) => recoveryMs > least.recoveryMs)
      .map(
        ({ name, recoveryMs = 0 }): Violation => ({
          kind: 'slow recovery',
          what: `after ${name} it took ${Math.round(recoveryMs)} ms until a message was acknowledged`,
          excerpt: [],
        }),
      ),
  ];
}
