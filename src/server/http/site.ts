import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Asker, Route } from './route.ts';
import type { WebNames } from './web-names.ts';

/** Where `npm run build:web` puts the page. This module is in `src` or `dist`, both in the folder of the package. */
export const builtSite = fileURLToPath(new URL('../../../dist/web', import.meta.url));

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.webmanifest', 'application/manifest+json'],
]);

/** By preference. `npm run build:web` writes a file beside the original for each. */
const encodings = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

/**
 * Nothing inline, nothing from elsewhere, and nothing that makes markup or code of a string: the one policy for Trusted
 * Types makes the address of the service worker.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types earshot',
].join('; ');

const siteHeaders = {
  'Cache-Control': 'no-cache',
  'Cross-Origin-Resource-Policy': 'same-origin',
  Vary: 'Accept-Encoding',
};

/** Browsers look for these on what they run alone: the page and its worker. On the rest they only make it longer. */
const runHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'X-Frame-Options': 'DENY',
};
const run = ['index.html', 'service-worker.js'];

const yearS = 365 * 24 * 60 * 60;

interface Variant {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly encoding?: string;
}

interface SiteFile {
  readonly variants: readonly Variant[];
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
}

const notBuilt: Answer = {
  status: 503,
  text: 'The web page of this server is not built. In the folder of earshot, npm run build:web builds it.',
};

/** Whether `folder` has a page. */
export function hasSite(folder: string): boolean {
  try {
    return readdirSync(folder).includes('index.html');
  } catch {
    return false;
  }
}

/** Reads the files in `folder` into memory, and returns a route for each. Without a page, the route `/` says so. */
export function siteRoutes(folder: string, names: WebNames): readonly (readonly [string, Route])[] {
  if (!hasSite(folder)) return [['/', () => notBuilt]];
  const originals = readdirSync(folder).filter((name) => contentTypes.has(path.extname(name)));
  return originals.map((name) => {
    const contentType = contentTypes.get(path.extname(name)) ?? '';
    const headers = { ...siteHeaders, ...(run.includes(name) && runHeaders) };
    const variants = variantsOf(path.join(folder, name));
    const route = (asker: Asker): Answer => answerFile({ variants, contentType, headers }, asker, names);
    return [name === 'index.html' ? '/' : `/${name}`, route] as const;
  });
}

/** The smallest first, the original last. */
function variantsOf(file: string): readonly Variant[] {
  const read = (ending: string, encoding?: string): Variant[] => {
    try {
      const bytes = readFileSync(`${file}${ending}`);
      const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
      return [{ bytes, etag: `"${hash}"`, ...(encoding !== undefined && { encoding }) }];
    } catch {
      return [];
    }
  };
  return [...encodings.flatMap(({ name, ending }) => read(ending, name)), ...read('')];
}

function answerFile(
  { variants, contentType, headers: own }: SiteFile,
  { headers, isEncrypted }: Asker,
  names: WebNames,
): Answer {
  if (!names.isOwnHost(headers.host)) return misdirected;
  const accepted = acceptedEncodings(headers['accept-encoding']);
  const variant = variants.find(({ encoding }) => encoding === undefined || accepted.has(encoding));
  if (variant === undefined) return notBuilt;
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  const shared = {
    ...own,
    ETag: variant.etag,
    ...(isEncrypted && { 'Strict-Transport-Security': `max-age=${yearS}` }),
  };
  if (known?.includes(variant.etag) === true || known?.includes('*') === true)
    return { status: 304, text: '', headers: shared };
  return {
    status: 200,
    text: variant.bytes,
    contentType,
    headers: { ...shared, ...(variant.encoding !== undefined && { 'Content-Encoding': variant.encoding }) },
  };
}

const misdirected: Answer = {
  status: 421,
  text:
    'This server does not know the name in the address. Use its IP address, ' +
    'or start it with --web-origin and the address as it stands in the browser.',
};

function acceptedEncodings(field: string | string[] | undefined): ReadonlySet<string> {
  const listed = String(field ?? '').split(',');
  return new Set(
    listed.flatMap((part) => {
      const [name = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(';')
        .map((piece) => piece.trim());
      return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name];
    }),
  );
}
