import type { History } from './history.ts';
import type { Violation } from './violation.ts';

const mostOfAKind = 3;

/** What happened and what is wrong, in lines for people. */
export function report(
  { sends, readings, stored, faults, prunedThrough }: History,
  violations: readonly Violation[],
  notes: readonly string[],
): string[] {
  const outcomes = { stored: 0, refused: 0, unknown: 0 };
  for (const { outcome } of sends) outcomes[outcome?.kind ?? 'unknown']++;
  const live = readings.filter(({ kind }) => kind === 'live');
  const received = live.reduce((sum, { got }) => sum + got.length, 0);
  const recoveries = faults.flatMap(({ recoveryMs }) => recoveryMs ?? []);
  const counts = [...Map.groupBy(faults, ({ name }) => name)].map(([name, all]) => `${all.length} ${name}`);
  return [
    '',
    `sent      ${sends.length}: ${outcomes.stored} acknowledged, ${outcomes.refused} refused, ${outcomes.unknown} without an answer`,
    `received  ${received} by ${live.length} readers`,
    `read      ${stored.length} at the end${prunedThrough === 0 ? '' : `, after those through ${prunedThrough} were pruned`}`,
    `faults    ${counts.sort().join(', ')}`,
    `recovery  ${Math.round(Math.max(0, ...recoveries))} ms at most, from the start of a server to an acknowledgement`,
    ...notes.flatMap((note) => ['', `note: ${note}`]),
    ...[...Map.groupBy(violations, ({ kind }) => kind)].flatMap(([kind, all]) => [
      '',
      `${kind.toUpperCase()}: ${all.length}`,
      ...shortestFirst(all)
        .slice(0, mostOfAKind)
        .flatMap(({ what, excerpt }) => [`  ${what}`, ...excerpt.map((line) => `    ${line}`)]),
    ]),
    '',
  ];
}

/** The shortest excerpt says most, but none says nothing. */
export function shortestFirst(violations: readonly Violation[]): readonly Violation[] {
  const length = ({ excerpt }: Violation): number => excerpt.length || Number.POSITIVE_INFINITY;
  return violations.toSorted((a, b) => (length(a) < length(b) ? -1 : length(a) > length(b) ? 1 : 0));
}
