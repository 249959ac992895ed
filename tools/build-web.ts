/**
 * Bundles the page in `src/web` into `dist/web`, with compressed copies beside each file. `npm ci` runs it by the script
 * `prepare`; where esbuild is not installed (`--omit=dev`) it says so, and the server then runs without a page.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = path.resolve(import.meta.dirname, '..');
const from = path.join(root, 'src', 'web');
const to = path.join(root, 'dist', 'web');

/** The bound of the first load, compressed: everything that is asked for before anybody can type. */
const maxFirstLoadBytes = 60 * 1024;

async function buildWith({ build }: typeof import('esbuild')): Promise<void> {
  const sources = new Set<string>();
  const bundle = async (entry: string): Promise<Buffer> => {
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: [path.join(from, entry)],
      metafile: true,
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'warning',
    });
    for (const name of Object.keys(metafile.inputs)) if (name.startsWith('src/')) sources.add(name);
    return Buffer.from(outputFiles[0]?.contents ?? []);
  };
  const read = (name: string): Buffer => {
    sources.add(`src/web/${name}`);
    return readFileSync(path.join(from, name));
  };
  const first = new Map([
    ['index.html', read('index.html')],
    ['app.js', await bundle('main.tsx')],
    ['app.css', await bundle('app.css')],
    ['icon.svg', read('icon.svg')],
  ]);
  const hash = createHash('sha256');
  for (const bytes of first.values()) hash.update(bytes);
  const version = hash.digest('hex').slice(0, 16);
  const later = new Map([
    ['icon-unread.svg', read('icon-unread.svg')],
    ['app.webmanifest', read('app.webmanifest')],
    // A new page makes a new worker, which fetches all of it again.
    [
      'service-worker.js',
      Buffer.from((await bundle('service-worker.ts')).toString().replace('VERSION', version)),
    ],
  ]);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  let firstLoadBytes = 0;
  for (const [name, bytes] of [...first, ...later]) {
    const small = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
    });
    if (first.has(name)) firstLoadBytes += small.length;
    const file = path.join(to, name);
    writeFileSync(file, bytes);
    writeFileSync(`${file}.br`, small);
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
  // For the server, which says when one of them is newer.
  writeFileSync(path.join(to, 'sources.json'), JSON.stringify([...sources]));
  process.stdout.write(`dist/web: the first load is ${(firstLoadBytes / 1024).toFixed(1)} KiB\n`);
  if (firstLoadBytes > maxFirstLoadBytes)
    throw new Error(`the first load has ${firstLoadBytes} bytes; ${maxFirstLoadBytes} at most`);
}

const esbuild = await import('esbuild').catch(() => undefined);
if (esbuild !== undefined) await buildWith(esbuild);
else
  process.stderr.write(
    'The page for browsers is not built: esbuild is not installed (npm ci without --omit=dev installs it).\n',
  );
