import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Client, Entry } from '../src/client/client.ts';
import { connect } from '../src/client-node/connect.ts';
import type { Stored } from './history.ts';
import { idIn } from './recorder.ts';
import { password, type Scene } from './scene.ts';

/** Reads the whole history of each account over CHAT/1.1, and every file. */
export async function readEverything(
  scene: Scene,
): Promise<{ readonly stored: readonly Stored[]; readonly prunedThrough: number }> {
  const stored = new Map<string, Stored>();
  let prunedThrough = 0;
  for (const name of scene.accounts) {
    const address = { host: '127.0.0.1', port: scene.port };
    const client = await connect(address, { name, password, stateFolder: false });
    const of = { device: `history of ${name}`, user: name, wire: 'library', kind: 'history' } as const;
    const reading = scene.recorder.reading({ ...of, after: 0 });
    for (let after = 0; ; ) {
      const page = await client.history({ after, limit: 200 });
      if (after === 0) {
        reading.gaps.push(...page.gaps);
        prunedThrough = Math.max(prunedThrough, ...page.gaps.map(({ to }) => to));
      }
      for (const entry of page.entries) {
        const { position = 0, from, to } = entry;
        const id = entry.kind === 'message' ? idIn(entry.text) : entry.name;
        scene.recorder.got(reading, { id, from, to, position });
        const key = `${position} ${id}`;
        if (!stored.has(key)) stored.set(key, { position, id, from, to, ...(await hashOf(client, entry)) });
      }
      const last = page.entries.at(-1)?.position;
      if (last === undefined) break;
      after = last;
    }
    reading.isComplete = true;
    await client.close();
  }
  return { stored: [...stored.values()], prunedThrough };
}

async function hashOf(client: Client, entry: Entry): Promise<Pick<Stored, 'sha256'>> {
  if (entry.kind !== 'attachment') return {};
  try {
    const bytes = await client.fetchBytes(entry);
    return { sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    return { sha256: `nothing: ${error instanceof Error ? error.message : error}` };
  }
}

/** What SQLite finds wrong with the databases in a folder that no server uses. */
export function damageIn(dataFolder: string): string[] {
  return ['earshot.db', 'accounts.db'].flatMap((name) => {
    const file = join(dataFolder, name);
    if (!existsSync(file)) return [`${name} is not there`];
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return ['integrity_check', 'foreign_key_check'].flatMap((pragma) =>
        database
          .prepare(`PRAGMA ${pragma}`)
          .all()
          .map((row) => Object.values(row).join(' '))
          .filter((line) => line !== 'ok')
          .map((line) => `${name}: ${line}`),
      );
    } finally {
      database.close();
    }
  });
}
