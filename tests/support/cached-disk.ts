import { type Arrival, CachedFile } from './cached-file.ts';
import type { DiskEvent } from './disk-recording.ts';

/** What came of that which was not synced. `prefix`: all before some moment. `some`: see `Arrival`. */
export type Luck = 'none' | 'all' | 'prefix' | 'some';

interface Change {
  /** The number of events before it. */
  readonly at: number;
  readonly name: string;
  /** Undefined when the name was removed. */
  readonly file: CachedFile | undefined;
}

/**
 * A folder on a disk that can lose its power, behind the cache that Linux has: writes are in the cache, and a sync that is
 * done brings those of its file to the disk, whoever wrote them.
 *
 * Names are as on ext4, where changes of folders reach the disk in order, through the journal: a sync of the folder brings
 * all, one of a file what led to that file's name. By POSIX a name needs a sync of the folder.
 */
export class CachedDisk {
  readonly #files = new Map<string, CachedFile>();
  /** Of the folder. The first `#durable` are on the disk for sure. */
  readonly #changes: Change[] = [];
  #durable = 0;
  #at = 0;

  apply(event: DiskEvent): void {
    const at = this.#at++;
    if (event.kind === 'told') return;
    const { name } = event;
    if (event.kind === 'sync') this.#sync(name, event.since, event.isDone);
    else if (event.kind === 'write') this.#file(name).write(at, event.offset, event.bytes);
    else if (event.kind === 'resize') this.#file(name).resize(at, event.size);
    else if (event.kind === 'remove') this.#change({ at, name, file: undefined });
    else if (!this.#files.has(name)) this.#change({ at, name, file: new CachedFile() });
  }

  /** The files that are there when the power goes, by their names. `random` gives numbers from 0 to 1. */
  cut(luck: Luck, random: () => number): Map<string, Buffer> {
    const arrival = this.#arrival(luck, random);
    const open = this.#changes.slice(this.#durable);
    const come =
      arrival === 'some'
        ? open.slice(0, Math.floor(random() * (open.length + 1)))
        : open.filter(({ at }) => at < arrival.before);
    const files = new Map<string, CachedFile>();
    for (const { name, file } of [...this.#changes.slice(0, this.#durable), ...come]) {
      if (file === undefined) files.delete(name);
      else files.set(name, file);
    }
    return new Map([...files].map(([name, file]) => [name, file.cut(arrival, random)]));
  }

  #arrival(luck: Luck, random: () => number): Arrival {
    if (luck === 'some') return luck;
    if (luck !== 'prefix') return { before: luck === 'all' ? this.#at : -1 };
    const changes = this.#changes.slice(this.#durable).map(({ at }) => at);
    const open = [...changes, ...[...this.#files.values()].flatMap((file) => file.open)];
    return { before: open[Math.floor(random() * open.length)] ?? this.#at };
  }

  #sync(name: string, since: number, isDone: boolean): void {
    const file = this.#files.get(name);
    file?.sync(since, isDone);
    if (!isDone) return;
    const covered = this.#changes.findLastIndex((change) => {
      return change.at < since && (name === '' || change.file === file);
    });
    this.#durable = Math.max(this.#durable, covered + 1);
  }

  #change(change: Change): void {
    this.#changes.push(change);
    if (change.file === undefined) this.#files.delete(change.name);
    else this.#files.set(change.name, change.file);
  }

  #file(name: string): CachedFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`${name} is written to and was never made`);
    return file;
  }
}
