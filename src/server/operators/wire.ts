import type { ProblemCode } from './command.ts';

/**
 * What goes over the socket of `earshot admin`: the client sends one request, the server one answer, and closes. Each is
 * one line of JSON.
 */
export interface AdminRequest {
  /** The version of these messages. */
  readonly earshot: typeof wireVersion;
  readonly command: string;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The system user who runs the client, for the audit file. */
  readonly by: string;
}

export type AdminAnswer =
  | { readonly earshot: number; readonly ok: true; readonly result: object }
  | {
      readonly earshot: number;
      readonly ok: false;
      readonly code: ProblemCode | 'internal';
      readonly problem: string;
    };

export const wireVersion = 1;

export const maxRequestBytes = 16 * 1024;

/** The longest path of a Unix socket in bytes: `sun_path` without its final NUL. */
const maxPathBytes = process.platform === 'linux' ? 107 : 103;

/** Returns why there can be no socket at this path; undefined when there can. */
export function socketPathProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= maxPathBytes) return undefined;
  return `the path ${path} is too long for a Unix socket (${bytes} bytes, at most ${maxPathBytes}); use a data folder with a shorter path, or a shorter link to it`;
}

/** Parses a request; returns undefined for anything else. */
export function parseRequest(line: string): AdminRequest | undefined {
  const read = parsed(line);
  if (!isObject(read)) return undefined;
  const { earshot, command, values, by } = read;
  const isKnown =
    earshot === wireVersion && typeof command === 'string' && typeof by === 'string' && isObject(values);
  if (!isKnown || !Object.values(values).every((value) => typeof value === 'string')) return undefined;
  return { earshot, command, values: values as AdminRequest['values'], by };
}

/** Parses an answer; returns undefined for anything else. */
export function parseAnswer(line: string): AdminAnswer | undefined {
  const read = parsed(line);
  if (!isObject(read) || read.earshot !== wireVersion) return undefined;
  const isWhole =
    read.ok === true ? isObject(read.result) : read.ok === false && typeof read.problem === 'string';
  return isWhole ? (read as unknown as AdminAnswer) : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isObject = (read: unknown): read is Record<string, unknown> =>
  typeof read === 'object' && read !== null;
