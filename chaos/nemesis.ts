import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as elapse } from 'node:timers/promises';
import { abandonDatabase } from '../src/server/sqlite/database-file.ts';
import type { Disk } from './disk.ts';
import type { Fault } from './history.ts';
import type { End, Life, Trouble } from './plan.ts';
import type { Recorder } from './recorder.ts';
import type { Scene } from './scene.ts';
import { ServerProcess, type ServerStart } from './server.ts';

/** A server that does not listen after so long is killed, and its start counts as failed. */
const startMs = 20_000;
/** A server that is frozen goes through with the syncs that it is in. */
const settleMs = 25;
/** How long a server may take longer than planned to acknowledge enough. */
const mostPatienceMs = 6_000;
/** After this migration the ones behind it can be done again, on a log that has had them. */
const repeatableFrom = 5;

export interface NemesisOptions {
  readonly scene: Scene;
  readonly disk: Disk;
  readonly program?: string | undefined;
  /** See `RunOptions`. */
  readonly leastAcknowledged: number;
  /** Called when a server listens. */
  readonly onListening: () => void;
}

/** Starts servers on the disk, one after the other, and ends each of them as it was planned. */
export class Nemesis {
  readonly #scene: Scene;
  readonly #recorder: Recorder;
  readonly #disk: Disk;
  readonly #program: string | undefined;
  readonly #leastAcknowledged: number;
  readonly #onListening: () => void;
  #server: ServerProcess | undefined;
  #aheadMs = 0;
  /** What has happened since a server listened. */
  #since: Fault[] = [];
  /** Servers that ended as nobody had planned, with what they said. */
  readonly surprises: string[] = [];

  constructor({ scene, disk, program, leastAcknowledged, onListening }: NemesisOptions) {
    this.#scene = scene;
    this.#recorder = scene.recorder;
    this.#disk = disk;
    this.#program = program;
    this.#leastAcknowledged = leastAcknowledged;
    this.#onListening = onListening;
  }

  /** A server that nothing happens to. */
  async startWell(): Promise<void> {
    const server = this.#spawn({ stepMs: 0, liveMs: 0 });
    if (!(await this.#listens(server))) throw new Error(`no server starts:\n${server.complaints.join('\n')}`);
  }

  /** Ends the server as planned: a point ends the next one, which is started for that. */
  async live(life: Life): Promise<void> {
    const server = this.#server;
    const isUp = server !== undefined && !server.hasEnded;
    // What is planned for a server's start needs another server.
    const needsStart = life.end.kind === 'point' || life.aheadMs !== 0 || life.stepMs !== 0;
    if (isUp && needsStart) await this.#kill(server, 'kill');
    if ((!isUp || needsStart) && !(await this.#startAgain(life))) return;
    await this.#end(life);
  }

  /** Kills the server if it runs, or ends it gracefully. */
  async close(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.hasEnded) return;
    server.signal(signal);
    await server.ended;
  }

  async trouble({ afterMs, at, kind, bytes, ms, isCutThen }: Trouble, signal: AbortSignal): Promise<void> {
    await elapse(afterMs, undefined, { signal });
    const { wires } = this.#scene;
    const wire = wires[Math.floor(at * wires.length)];
    if (wire === undefined) return;
    this.#recorder.fault(kind);
    if (kind === 'cut') wire.cutAll();
    else if (kind === 'cut inside') void wire.cut(bytes);
    else {
      wire.hold();
      // Others go on meanwhile.
      void elapse(ms).then(() => {
        if (isCutThen) wire.cutAll();
        wire.release();
      });
    }
  }

  /**
   * Starts a server, and another one if that does not come up: its disk, or a point, may have been in the way. Resolves
   * with false when its life is over with that.
   */
  async #startAgain(life: Life): Promise<boolean> {
    this.#aheadMs += life.aheadMs;
    if (life.aheadMs !== 0) this.#since.push(this.#recorder.fault('clock ahead'));
    if (life.stepMs !== 0) this.#since.push(this.#recorder.fault('clock step'));
    const point = life.end.kind === 'point' ? { name: life.end.point, hits: life.end.hits } : undefined;
    if (point?.name === 'mid-migration') forgetMigration(this.#disk.dataFolder);
    const server = this.#spawn({ ...life, point });
    if (await this.#listens(server)) return true;
    const how = await server.ended;
    const isAtPoint = point !== undefined && how === 'SIGKILL';
    if (isAtPoint) this.#happened(`kill at ${point.name}`);
    else
      this.surprises.push(`a server ended with ${how} before it listened:\n${server.complaints.join('\n')}`);
    await this.startWell();
    return !isAtPoint;
  }

  #spawn({
    liveMs,
    stepMs,
    point,
  }: Pick<Life, 'liveMs' | 'stepMs'> & Pick<ServerStart, 'point'>): ServerProcess {
    const clock = { aheadMs: this.#aheadMs, stepAfterMs: liveMs / 2 + 500, stepMs };
    // A clock that has stepped in one process stays where it is in the next.
    this.#aheadMs += stepMs;
    const { dataFolder, fullMark } = this.#disk;
    const server = new ServerProcess({ dataFolder, fullMark, program: this.#program, point, clock });
    this.#server = server;
    this.#recorder.recovers(this.#since);
    return server;
  }

  async #listens(server: ServerProcess): Promise<boolean> {
    const late = setTimeout(() => server.signal('SIGKILL'), startMs);
    const port = await server.port;
    clearTimeout(late);
    if (port === undefined) return false;
    this.#since = [];
    this.#scene.port = port;
    this.#onListening();
    return true;
  }

  async #end({ end, liveMs, freezeMs }: Life): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.hasEnded) return;
    const startedMs = this.#recorder.nowMs;
    const enough = this.#recorder.acknowledged + this.#leastAcknowledged;
    if (freezeMs > 0) {
      await Promise.race([elapse(liveMs / 4), server.ended]);
      await this.#freeze(server, freezeMs);
    }
    const leftMs = Math.max(50, liveMs - (this.#recorder.nowMs - startedMs));
    await Promise.race([elapse(leftMs), server.ended]);
    const untilMs = this.#recorder.nowMs + mostPatienceMs;
    while (!server.hasEnded && this.#recorder.acknowledged < enough && this.#recorder.nowMs < untilMs)
      await elapse(20);
    if (server.hasEnded) {
      await this.#endedItself(server, end);
      return;
    }
    await this.#endNow(server, end);
  }

  async #endNow(server: ServerProcess, end: End): Promise<void> {
    switch (end.kind) {
      case 'kill':
      case 'point':
        return this.#kill(server, 'kill');
      case 'stop':
        this.#happened('stop');
        server.signal('SIGTERM');
        await server.ended;
        return;
      case 'power cut':
        if (this.#disk.missing !== undefined) return this.#kill(server, 'kill');
        server.signal('SIGSTOP');
        await elapse(settleMs);
        this.#disk.copyForPowerCut();
        await this.#kill(server, 'power cut');
        this.#disk.usePowerCutCopy();
        return;
      case 'full disk':
      case 'failing sync':
        if (end.kind === 'failing sync' && this.#disk.missing !== undefined)
          return this.#kill(server, 'kill');
        this.#happened(end.kind);
        if (end.kind === 'full disk') this.#disk.fill();
        else this.#disk.failSyncs();
        await Promise.race([elapse(end.ms), server.ended]);
        this.#disk.free();
        if (end.kind === 'failing sync') await Promise.race([elapse(end.ms), server.ended]);
        if (!server.hasEnded) await this.#kill(server, 'kill');
        this.#disk.repair();
    }
  }

  async #kill(server: ServerProcess, name: string): Promise<void> {
    this.#happened(name);
    server.signal('SIGKILL');
    await server.ended;
  }

  async #freeze(server: ServerProcess, ms: number): Promise<void> {
    if (server.hasEnded) return;
    this.#recorder.fault('freeze');
    server.signal('SIGSTOP');
    await elapse(ms);
    server.signal('SIGCONT');
  }

  async #endedItself(server: ServerProcess, end: End): Promise<void> {
    const how = await server.ended;
    if (end.kind === 'point' && how === 'SIGKILL') this.#happened(`kill at ${end.point}`);
    else {
      this.#happened(`end with ${how}`);
      this.surprises.push(`a server ended with ${how}:\n${server.complaints.join('\n')}`);
    }
  }

  #happened(name: string): void {
    this.#since.push(this.#recorder.fault(name));
  }
}

/**
 * Has the next start migrate the log again. It makes no checkpoint: after a failed sync, that would damage the log before
 * a server can mend it.
 */
export function forgetMigration(dataFolder: string): void {
  const file = join(dataFolder, 'earshot.db');
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA user_version = ${repeatableFrom}`);
  abandonDatabase(database, file);
}
