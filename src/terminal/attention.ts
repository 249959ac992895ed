import { visible } from './text.ts';

/** What calls the user to the terminal. The texts may be a stranger's: they are made safe and cut. */
export interface Attention {
  /** Rings the terminal's bell. */
  readonly bell?: boolean;
  /** Sets the title of the terminal's window; an empty text restores the title that it had. */
  readonly title?: string;
  /** Asks the terminal for a desktop notice. Terminals that know none ignore it. */
  readonly notice?: string;
}

const maxCharacters = 200;
/** Saves the window's title on the terminal's stack, and takes it from there. */
export const saveTitle = '\x1b[22;2t';
export const restoreTitle = '\x1b[23;2t';
const stringEnd = '\x1b\\';

/** Returns what sets the window's title. */
export function titleSequence(text: string): string {
  return `\x1b]2;${oneLine(text)}${stringEnd}`;
}

/**
 * Returns what asks for a desktop notice: OSC 777 for the terminals that know only that, OSC 9 for all others. Never both,
 * as some terminals would show two. It has no `<`: many desktops take tags in a notice for links and pictures.
 */
export function noticeSequence(text: string, env: NodeJS.ProcessEnv): string {
  const safe = oneLine(text).replaceAll('<', '‹');
  const is777 = env.VTE_VERSION !== undefined || /^(?:rxvt|foot)/.test(env.TERM ?? '');
  if (is777) return `\x1b]777;notify;earshot;${safe.replaceAll(';', ',')}${stringEnd}`;
  // A number in front is a command of ConEmu and Windows Terminal, such as "4;" for a progress bar.
  return `\x1b]9;${/^\d/.test(safe) ? ' ' : ''}${safe}${stringEnd}`;
}

function oneLine(text: string): string {
  return [...visible(text.slice(0, 4 * maxCharacters)).replaceAll('\t', ' ')]
    .slice(0, maxCharacters)
    .join('');
}
