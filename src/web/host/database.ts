const name = 'earshot';
const version = 1;

/** The stores of the page's database: values by key. */
export const stores = ['state', 'unsent', 'recent'] as const;
export type StoreName = (typeof stores)[number];

/** What the page keeps in the browser. Where that is forbidden (private windows), it is kept while the page is open. */
export interface Database {
  get(store: StoreName, key: string): Promise<unknown>;
  all(store: StoreName): Promise<readonly (readonly [key: string, value: unknown])[]>;
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  /** Replaces the value by what `change` makes of it; nobody else writes in between. */
  update(store: StoreName, key: string, change: (value: unknown) => unknown): Promise<void>;
  remove(store: StoreName, key: string): Promise<void>;
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    for (const store of stores) request.result.createObjectStore(store);
  };
  return done(request);
}

/** Never rejects. */
export async function openDatabase(): Promise<Database> {
  try {
    return new BrowserDatabase(await opened());
  } catch {
    return new MemoryDatabase();
  }
}

class BrowserDatabase implements Database {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
    // Another tab may bring a newer version.
    database.onversionchange = () => database.close();
  }

  get(store: StoreName, key: string): Promise<unknown> {
    return done(this.#database.transaction(store).objectStore(store).get(key));
  }

  async all(store: StoreName): Promise<readonly (readonly [string, unknown])[]> {
    const objects = this.#database.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([done(objects.getAllKeys()), done(objects.getAll())]);
    return keys.map((key, at) => [String(key), values[at] as unknown]);
  }

  async put(store: StoreName, key: string, value: unknown): Promise<void> {
    await done(this.#write(store).put(value, key));
  }

  async update(store: StoreName, key: string, change: (value: unknown) => unknown): Promise<void> {
    const objects = this.#write(store);
    // In the turn in which the value comes, or the transaction is over.
    await new Promise<void>((resolve, reject) => {
      const kept = objects.get(key);
      kept.onerror = () => reject(kept.error);
      kept.onsuccess = () => resolve(done(objects.put(change(kept.result), key)).then(() => {}));
    });
  }

  async remove(store: StoreName, key: string): Promise<void> {
    await done(this.#write(store).delete(key));
  }

  #write(store: StoreName): IDBObjectStore {
    // A line that somebody typed must be there after a crash of the browser; of a machine, too, it would cost too much.
    return this.#database.transaction(store, 'readwrite', { durability: 'relaxed' }).objectStore(store);
  }
}

export class MemoryDatabase implements Database {
  readonly #values = new Map<string, unknown>();

  async get(store: StoreName, key: string): Promise<unknown> {
    return this.#values.get(`${store} ${key}`);
  }

  async all(store: StoreName): Promise<readonly (readonly [string, unknown])[]> {
    const prefix = `${store} `;
    return [...this.#values].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
    );
  }

  async put(store: StoreName, key: string, value: unknown): Promise<void> {
    this.#values.set(`${store} ${key}`, value);
  }

  async update(store: StoreName, key: string, change: (value: unknown) => unknown): Promise<void> {
    this.#values.set(`${store} ${key}`, change(this.#values.get(`${store} ${key}`)));
  }

  async remove(store: StoreName, key: string): Promise<void> {
    this.#values.delete(`${store} ${key}`);
  }
}
