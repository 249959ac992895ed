import type { End } from './plan.ts';
import type { ViolationKind } from './violation.ts';

/** A server with one mistake, and what shows it. */
export interface BrokenBuild {
  /** What it does wrong. */
  readonly name: string;
  readonly changes: readonly Change[];
  /** How its processes end, in turn: what the mistake needs to matter. */
  readonly ends: readonly End[];
  /** The checker has to find one of these. */
  readonly expected: readonly ViolationKind[];
  /** Only on a disk that can fail. */
  readonly needsDisk?: true;
}

/** A text in a source file that is replaced by another one. It must be there exactly once. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const kill = { kind: 'kill' } as const;
const powerCut = { kind: 'power cut' } as const;

export const brokenBuilds: readonly BrokenBuild[] = [
  {
    name: 'acknowledges before the commit',
    changes: [
      {
        file: 'src/server/log/writer-worker.ts',
        from: 'const outcome = commitOrRefuse(cells);',
        to: `tell({ kind: 'committed', first: committer.head + 1, repeats: new Map() });
             const outcome = commitOrRefuse(cells);`,
      },
      { file: 'src/server/log/writer-worker.ts', from: 'tell(outcome);', to: '' },
    ],
    ends: [10, 30, 60].map((hits) => ({ kind: 'point', point: 'before-commit', hits })),
    expected: ['lost', 'stored twice'],
  },
  {
    name: 'syncs only at checkpoints (synchronous=NORMAL)',
    changes: [
      {
        file: 'src/server/sqlite/database-file.ts',
        from: 'PRAGMA synchronous = FULL;',
        to: 'PRAGMA synchronous = NORMAL;',
      },
      { file: 'src/server/sqlite/database-file.ts', from: 'synchronous !== 2', to: 'synchronous !== 1' },
    ],
    ends: [powerCut],
    expected: ['lost'],
    needsDisk: true,
  },
  {
    name: 'does not recognize a repeated Id',
    changes: [
      {
        file: 'src/server/log/rows.ts',
        from: 'ON CONFLICT (sender, retry_id) WHERE retry_id IS NOT NULL DO NOTHING',
        to: '',
      },
      { file: 'src/server/log/schema.ts', from: 'CREATE UNIQUE INDEX retries', to: 'CREATE INDEX retries' },
    ],
    ends: [10, 30, 60].map((hits) => ({ kind: 'point', point: 'after-commit', hits })),
    expected: ['stored twice'],
  },
  {
    name: 'is off by one between what it replays and what is live',
    changes: [
      {
        file: 'src/server/outbox/outbox.ts',
        from: '    this.#covered = covered;',
        to: '    this.#covered = covered + 1;',
      },
    ],
    ends: [kill],
    expected: ['skipped'],
  },
  {
    name: 'drops what does not fit into an outbox',
    changes: [
      {
        file: 'src/server/outbox/outbox.ts',
        from: 'if (this.#isOverBound()) this.#startLagging();',
        to: 'if (this.#isOverBound()) this.#queue.dropDeliveries();',
      },
    ],
    ends: [kill],
    expected: ['skipped'],
  },
  {
    // SQLite itself writes a transaction anew when it is tried again. What goes wrong is to open the database again and to
    // take what the failed sync left in the system's cache for what is on the disk.
    name: 'tries again after a failed sync, with what is in the cache',
    changes: [
      {
        file: 'src/server/sqlite/database-file.ts',
        from: 'const isToMend = isUnclean(file);',
        to: 'const isToMend = false;',
      },
    ],
    ends: [{ kind: 'failing sync', ms: 400 }, powerCut],
    expected: ['lost', 'damaged'],
    needsDisk: true,
  },
  {
    name: 'cannot encode some messages',
    changes: [
      {
        file: 'src/server/wires/chat11/encoder.ts',
        from: '    const write = eventWriter(eventOf(entry), Buffer.allocUnsafe);',
        to: `    if (entry.position % 50 === 0) throw new Error('broken on purpose');
    const write = eventWriter(eventOf(entry), Buffer.allocUnsafe);`,
      },
    ],
    ends: [kill],
    expected: ['skipped', 'resurrected'],
  },
];
