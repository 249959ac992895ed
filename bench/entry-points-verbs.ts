import type { Size } from './entry-points-texts.ts';
import { dear, type EntryPoint, pointsOf, type Run } from './entry-points-trials.ts';

const all = 262_144;
const { user, stranger } = pointsOf('verbs');

/** One request, with its one answer. */
const line =
  (write: (text: string) => string): Run =>
  ({ text, talker }) =>
    talker.ask(`${write(text)}\n`);

const sent: Run = async ({ text, talker, listeners }) => {
  const answer = await talker.ask(`sendto ${listeners.nameOn('verbs')} ${text}\n`);
  if (answer.startsWith('RESPONSE ok')) await listeners.heard('text', 'verbs');
  return answer;
};

const message: readonly Size[] = [{ characters: 65_535 }, { bytes: all }];
const name: readonly Size[] = [{ characters: 20, as: 'word' }, { bytes: all, as: 'word' }, { bytes: all }];
const short: readonly Size[] = [{ characters: 20, as: 'word' }, { bytes: 1_000, as: 'word' }, { bytes: all }];
const shortText: readonly Size[] = [{ bytes: 1_000 }, { bytes: all }];

export const verbsEntryPoints: readonly EntryPoint[] = [
  dear(user('sendto NAME TEXT', message, sent)),
  user(
    'sendto TEXT text',
    name,
    line((text) => `sendto ${text} hello`),
  ),
  user(
    'sendto TEXT',
    name,
    line((text) => `sendto ${text}`),
  ),
  user(
    'login TEXT',
    name,
    line((text) => `login ${text}`),
  ),
  user(
    'logout TEXT',
    message,
    line((text) => `logout ${text}`),
  ),
  user(
    'list TEXT',
    message,
    line((text) => `list ${text}`),
  ),
  user(
    'exit TEXT',
    message,
    line((text) => `exit ${text}`),
  ),
  user(
    'TEXT',
    message,
    line((text) => text),
  ),
  stranger(
    'login TEXT',
    short,
    line((text) => `login ${text}`),
  ),
  stranger(
    'sendto NAME TEXT',
    shortText,
    line((text) => `sendto bob ${text}`),
  ),
  stranger(
    'sendto TEXT text',
    short,
    line((text) => `sendto ${text} hello`),
  ),
  stranger(
    'list TEXT',
    shortText,
    line((text) => `list ${text}`),
  ),
  stranger(
    'exit TEXT',
    shortText,
    line((text) => `exit ${text}`),
  ),
  stranger(
    'logout, then TEXT',
    shortText,
    line((text) => `logout\n${text}`),
  ),
];
