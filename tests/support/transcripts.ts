import { readFileSync } from 'node:fs';

/** One step of a conversation: `who` sends the server `text`, or gets it. */
export interface Step {
  readonly who: string;
  readonly kind: 'sends' | 'gets' | 'closes' | 'is closed';
  readonly text: string;
}

export interface Transcript {
  /** Names and passwords of the accounts that there are at the beginning. */
  readonly accounts: Readonly<Record<string, string>>;
  /** The heading it stands under. */
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * The conversations of a Markdown page: code blocks with a mark, a step a line: `alice> text` is sent by alice's
 * client, `alice< text` comes from the server, `alice>.` and `alice<.` are the ends of the two directions. `\n` ends
 * every text; `\r`, `\t` and `\xNN` stand for bytes. A mark with `alice=PASSWORD` behind it begins with that
 * account.
 */
export function readTranscripts(page: URL, mark = 'transcript'): Transcript[] {
  const transcripts: Transcript[] = [];
  let title = '';
  let steps: Step[] | undefined;
  let accounts: Record<string, string> = {};
  for (const line of readFileSync(page, 'utf8').split('\n')) {
    if (steps === undefined) {
      if (line.startsWith('#')) title = line.replace(/^#+ /, '');
      const [opened = '', ...given] = line.split(' ');
      if (opened !== `\`\`\`${mark}`) continue;
      steps = [];
      accounts = Object.fromEntries(given.map((account) => account.split('=', 2)));
    } else if (line === '```') {
      transcripts.push({ title, accounts, steps });
      steps = undefined;
    } else {
      steps.push(readStep(line));
    }
  }
  return transcripts;
}

/** A step's text with its LF; a `\` at its end stands for that there is none, as behind the body of a parcel. */
export function withLineEnd(text: string): string {
  return text.endsWith('\\') ? text.slice(0, -1) : `${text}\n`;
}

function readStep(line: string): Step {
  const [, who, direction, text] = /^(\w+)([<>])(?: (.*)|\.)?$/.exec(line) ?? [];
  if (who === undefined) throw new Error(`not a step of a transcript: ${line}`);
  if (line.endsWith(`${direction}.`))
    return { who, kind: direction === '>' ? 'closes' : 'is closed', text: '' };
  return { who, kind: direction === '>' ? 'sends' : 'gets', text: text ?? '' };
}
