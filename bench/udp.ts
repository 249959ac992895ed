import { loadavg } from 'node:os';
import { scriptOptions } from '../tests/support/script-options.ts';
import { median, percentile, printTable } from './table.ts';
import { compileLink, whyNoLink } from './udp/link.ts';
import { type Found, runOverLink, whyNot } from './udp/link-runs.ts';
import { type SideName, sideNames } from './udp/peers.ts';

/**
 * `npm run bench -- udp [--rounds 5] [--seconds 10] [--loss 0,5,10,20]
 * [--sides ours,cubic,…]`: a file and lines beside it over an emulated link, by
 * the transport over UDP and by others; then how two of ours share the link, and how one shares it with TCP. Exits with 1
 * when a goal is missed.
 */
const titles: { readonly [name in SideName]: string } = {
  ours: 'earshot UDP',
  cubic: 'TCP CUBIC',
  bbr: 'TCP BBR',
  udx: 'udx-native',
  kcp: 'KCP fast',
};
const shareGoals: { readonly [percent: string]: number } = { 0: 0.97, 5: 0.96, 10: 0.95, 20: 0.93 };
const lineGoalsMs: { readonly [percent: string]: number } = { 10: 60, 20: 200 };

interface Plan {
  readonly program: string;
  readonly rounds: number;
  readonly ms: number;
}

let missed = 0;

function check(isReached: boolean, goal: string): string {
  if (!isReached) missed++;
  return `${goal}: ${isReached ? 'reached' : 'MISSED'}`;
}

export async function udpBench(...args: string[]): Promise<void> {
  const { values } = scriptOptions(
    'npm run bench -- udp [--rounds N] [--seconds N] [--loss N,…] [--sides SIDE,…]',
    {
      args,
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '10' },
        loss: { type: 'string', default: '0,5,10,20' },
        sides: { type: 'string' },
      },
    },
  );
  const reason = whyNoLink();
  if (reason !== undefined) {
    process.stderr.write(`SKIPPED: no link can be emulated here: ${reason}\n`);
    return;
  }
  const plan: Plan = {
    program: compileLink(),
    rounds: Number(values.rounds),
    ms: Number(values.seconds) * 1000,
  };
  const percents = values.loss.split(',').map(Number);
  const sides: SideName[] = [];
  const wanted = values.sides?.split(',');
  const unknown = wanted?.find((name) => !sideNames.some((side) => side === name));
  if (unknown !== undefined)
    throw new Error(`there is no side ${unknown}; there are ${sideNames.join(', ')}`);
  for (const side of sideNames) {
    if (wanted !== undefined && !wanted.includes(side)) continue;
    const why = await whyNot(side, plan.program);
    if (why === undefined) sides.push(side);
    else process.stderr.write(`SKIPPED: ${titles[side]}: ${why}\n`);
  }
  for (const percent of percents) await compareSides(plan, sides, percent);
  if (wanted === undefined) await shareLink(plan, percents);
  if (missed > 0) process.exitCode = 1;
}

async function compareSides(plan: Plan, sides: readonly SideName[], percent: number): Promise<void> {
  const found = new Map<SideName, Found[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < plan.rounds; round++) {
    for (const side of sides) {
      const run = { sides: [side], loss: percent / 100, seed: round + 1, ms: plan.ms };
      found.get(side)?.push(...(await runOverLink(plan.program, run)));
    }
  }
  const goodputOf = (side: SideName): number => median((found.get(side) ?? []).map(({ goodput }) => goodput));
  const rows = sides.map((side) => rowOf(titles[side], found.get(side) ?? [], goodputOf('ours')));
  process.stdout.write(
    `\n${percent} % loss, ${plan.rounds} rounds of ${plan.ms / 1000} s, ${loadText()}\n\n`,
  );
  printTable(
    [
      'side',
      'Mbit/s',
      'least to most',
      'ours / this',
      'share',
      'sent',
      'line p50',
      'p99',
      'lost',
      'CPU ms/MB',
    ],
    rows,
  );
  const ours = found.get('ours') ?? [];
  const goals: string[] = [];
  const share = shareGoals[percent];
  if (share !== undefined)
    goals.push(check(median(ours.map((each) => each.share)) >= share, `share ${share}`));
  goals.push(check(median(ours.map(({ sent }) => sent)) <= 1.08, 'sent 1.08'));
  const lineMs = lineGoalsMs[percent];
  if (lineMs !== undefined) goals.push(check(lineOf(ours, 0.99) <= lineMs, `line p99 ${lineMs} ms`));
  const lost = ours.reduce((sum, each) => sum + lostOf(each), 0);
  goals.push(check(lost === 0, 'no line lost'));
  if (sides.includes('udx')) goals.push(check(goodputOf('ours') >= goodputOf('udx'), '1.0 x udx-native'));
  if (sides.includes('kcp')) goals.push(check(goodputOf('ours') >= 1.8 * goodputOf('kcp'), '1.8 x KCP'));
  if (sides.includes('cubic') && percent === 10)
    goals.push(check(goodputOf('ours') >= 50 * goodputOf('cubic'), '50 x CUBIC'));
  process.stdout.write(`\n${goals.join('; ')}\n`);
}

function lostOf({ transferred }: Found): number {
  return transferred.linesSent - transferred.delaysMs.length;
}

/** Over the lines of all rounds, milliseconds. */
function lineOf(found: readonly Found[], share: number): number {
  return percentile(
    found.flatMap(({ transferred }) => transferred.delaysMs),
    share,
  );
}

function rowOf(title: string, found: readonly Found[], ours: number): (string | number)[] {
  const goodputs = found.map(({ goodput }) => goodput);
  const costs = found.map(({ transferred: { processorMs, fileBytes } }) =>
    processorMs.map((ms) => ms / (fileBytes / 1e6)),
  );
  const costOf = (end: number): string => median(costs.map((cost) => cost[end] ?? 0)).toFixed(1);
  return [
    title,
    median(goodputs).toFixed(2),
    `${Math.min(...goodputs).toFixed(2)} to ${Math.max(...goodputs).toFixed(2)}`,
    (ours / median(goodputs)).toFixed(2),
    median(found.map(({ share }) => share)).toFixed(3),
    median(found.map(({ sent }) => sent)).toFixed(3),
    lineOf(found, 0.5).toFixed(0),
    lineOf(found, 0.99).toFixed(0),
    found.reduce((sum, each) => sum + lostOf(each), 0),
    `${costOf(0)} + ${costOf(1)}`,
  ];
}

/** 1 when all get the same, 1/n when one gets everything. */
function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
}

async function shareLink(plan: Plan, percents: readonly number[]): Promise<void> {
  const rows: (string | number)[][] = [];
  const goals: string[] = [];
  const measure = async (sides: readonly SideName[], percent: number): Promise<number> => {
    const pairs: number[][] = [];
    for (let round = 0; round < plan.rounds; round++) {
      const run = { sides, loss: percent / 100, seed: round + 1, ms: 2 * plan.ms };
      pairs.push((await runOverLink(plan.program, run)).map(({ goodput }) => goodput));
    }
    const of = (which: number): number => median(pairs.map((pair) => pair[which] ?? 0));
    const both = sides.map((side) => titles[side]).join(' and ');
    const jain = median(pairs.map(jainIndex));
    const second = median(pairs.map(([a = 0, b = 0]) => b / (a + b)));
    rows.push([both, `${percent} %`, of(0).toFixed(1), of(1).toFixed(1), second.toFixed(2), jain.toFixed(3)]);
    return sides[1] === 'ours' ? jain : second;
  };
  for (const percent of percents) {
    goals.push(check((await measure(['ours', 'ours'], percent)) >= 0.95, `Jain 0.95 at ${percent} %`));
  }
  goals.push(check((await measure(['ours', 'cubic'], 0)) >= 0.15, 'CUBIC has 15 %'));
  process.stdout.write(
    `\nTwo at a time, ${plan.rounds} rounds of ${(2 * plan.ms) / 1000} s, ${loadText()}\n\n`,
  );
  printTable(['who', 'loss', 'first Mbit/s', 'second', 'share of the second', 'Jain'], rows);
  process.stdout.write(`\n${goals.join('; ')}\n`);
}

function loadText(): string {
  return `load ${(loadavg()[0] ?? 0).toFixed(1)}`;
}
