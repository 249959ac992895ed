import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Place } from '../../src/library.ts';

/**
 * A bot with the account keeper, for tests that kill it: `bot-child.ts ADDRESS FOLDER own|folder`. It writes the text of
 * each entry to `handled.txt`, then its place goes to `place.json` or to the library's own state file. At a text that
 * contains `hang`, it prints the text and never ends. At `stop` it leaves.
 */
const [address = '', folder = '', where = ''] = process.argv.slice(2);
const file = join(folder, 'place.json');

const place = {
  async read(): Promise<Place | undefined> {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  },
  keep: (kept: Place) => writeFile(file, JSON.stringify(kept)),
};

const bot = await connect(address, {
  name: 'keeper',
  password: 'correct-horse',
  follow: ['job'],
  stateFolder: folder,
  ...(where === 'own' ? { place } : {}),
});
const stop = new AbortController();
const working = bot.handle(
  async (entry) => {
    const text = entry.kind === 'message' ? entry.text : entry.name;
    await appendFile(join(folder, 'handled.txt'), `${text}\n`);
    if (text.includes('hang')) {
      process.stdout.write(`${text}\n`);
      await new Promise(() => {});
    }
    if (text.includes('stop')) stop.abort();
  },
  { signal: stop.signal },
);
process.stdout.write('ready\n');
await working;
await bot.close();
