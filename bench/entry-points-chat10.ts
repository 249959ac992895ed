import type { Size } from './entry-points-texts.ts';
import { dear, type EntryPoint, pointsOf, type Run } from './entry-points-trials.ts';

const all = 262_144;
const message: readonly Size[] = [{ characters: 65_535 }, { bytes: all }];
/** What the limit of a value lets pass, and all there can be on a line: in one word, and as it is. */
const value = (accepted: Size): readonly Size[] => [
  { ...accepted, as: 'word' },
  { bytes: all, as: 'word' },
  { bytes: all },
];
/** With folding, sixteen of U+3300 are as long as a term may be. */
const term: readonly Size[] = [{ characters: 16, as: 'word' }, ...value({ characters: 64 })];

const { user, stranger } = pointsOf('CHAT/1.0');

const welcome = '200 Registration successful\n';

const line =
  (write: (text: string, name: string) => string): Run =>
  async ({ text, talker }) => {
    const answer = await talker.ask(`${write(text, talker.name)}\n`);
    return answer === welcome ? answer : answer.replace(welcome, '') || '(nothing)';
  };

/** A line that is said to all, unless it is refused or blank. */
const said =
  (write: (text: string, name: string) => string): Run =>
  async ({ text, talker, listeners }) => {
    const answer = await talker.ask(`${write(text, talker.name)}\n`);
    if (answer !== '' || talker.isClosed) return answer;
    if (text.trim() === '') return '(nothing)';
    await listeners.heard('text');
    return '(delivered)';
  };

const followed =
  (verb: string): Run =>
  async (scene) => {
    const answer = await line((text) => `${verb} ${text}`)(scene);
    if (answer.startsWith('Now following')) await scene.talker.ask(`!unfollow ${scene.text}\n`);
    return answer;
  };

/** It has one answer, whenever that comes. */
const privately: Run = ({ text, talker, listeners }) => {
  const { lines } = talker;
  return talker.tell(`!msg ${listeners.nameOn('CHAT/1.0')} ${text}\n`, () => talker.lines > lines);
};

/** `!attach` with a file of two bytes, which is sent when it is asked for. */
const attached =
  (write: (text: string) => string): Run =>
  async ({ text, talker, listeners }) => {
    const answer = await talker.ask(`!attach ${write(text)}\n`);
    if (!answer.startsWith('ATTACH ')) return answer;
    const lines = talker.lines;
    const sent = await talker.tell('Content-Length: 2\nx\n', () => talker.lines > lines);
    await listeners.heard('file');
    return sent;
  };

/** Where a file is waited for. */
const announced: Run = async ({ text, talker }) => {
  await talker.ask('!attach a.txt apple\n');
  return talker.ask(`Content-Length: ${text}\n`);
};

const block = (text: string, name: string): string => `REGISTER ${name} CHAT/1.0\n${text}\n\n`;
const registerBlock: readonly Size[] = [{ bytes: 65_000 }, { bytes: all }];
const list = (bytes: number): Size => ({ bytes, as: 'list' });

export const chat10EntryPoints: readonly EntryPoint[] = [
  dear(
    user(
      'TEXT',
      message,
      said((text) => text),
    ),
  ),
  dear(
    user(
      '@NAME: TEXT',
      message,
      said((text, name) => `@${name}: ${text}`),
    ),
  ),
  dear(
    user(
      '!!TEXT',
      [{ characters: 65_534 }, { bytes: all }],
      said((text) => `!!${text}`),
    ),
  ),
  dear(
    user(
      '@all TEXT',
      [{ characters: 65_530 }, { bytes: all - 5 }],
      said((text) => `@all ${text}`),
    ),
  ),
  dear(user('!msg NAME TEXT', message, privately)),
  user(
    '!msg TEXT text',
    value({ characters: 20 }),
    line((text) => `!msg ${text} hello`),
  ),
  user('!follow TEXT', term, followed('!follow')),
  user(
    '!unfollow TEXT',
    term,
    line((text) => `!unfollow ${text}`),
  ),
  user(
    '!attach TEXT TERM',
    value({ bytes: 255 }),
    attached((text) => `${text} apple`),
  ),
  user(
    '!attach "TEXT" TERM',
    [{ bytes: 255 }, { bytes: all }],
    attached((text) => `"${text}" apple`),
  ),
  user(
    '!attach "TEXT',
    [{ bytes: all }],
    attached((text) => `"${text}`),
  ),
  user(
    '!attach FILE TEXT',
    term,
    attached((text) => `a.txt ${text}`),
  ),
  user('Content-Length: TEXT', value({ characters: 16 }), announced),
  user(
    '!history TEXT',
    value({ characters: 3 }),
    line((text) => `!history ${text}`),
  ),
  user(
    '!list TEXT',
    message,
    line((text) => `!list ${text}`),
  ),
  user(
    '!follow? TEXT',
    message,
    line((text) => `!follow? ${text}`),
  ),
  user(
    '!help TEXT',
    message,
    line((text) => `!help ${text}`),
  ),
  user(
    '!exit TEXT',
    message,
    line((text) => `!exit ${text}`),
  ),
  user(
    '!TEXT',
    value({ characters: 40 }),
    line((text) => `!${text}x`),
  ),
  user(
    'DISCONNECT TEXT CHAT/1.0',
    [{ bytes: all, as: 'word' }],
    line((text) => `DISCONNECT ${text} CHAT/1.0`),
  ),
  user(
    'DISCONNECT TEXT',
    message,
    said((text) => `DISCONNECT ${text}`),
  ),
  stranger(
    'Follow: TEXT',
    [...term.slice(0, 2), ...registerBlock],
    line((text, name) => block(`Follow: ${text}`, name)),
  ),
  dear(
    stranger(
      'Follow: TEXT,TEXT',
      [list(65_000), list(all)],
      line((text, name) => block(`Follow: ${text}`, name)),
    ),
  ),
  dear(
    stranger(
      'Follow: of 64 characters each, !follow?',
      [{ bytes: 65_000, as: 'terms' }],
      line((text, name) => `${block(`Follow: ${text}`, name)}!follow?`),
    ),
  ),
  stranger(
    'Name: TEXT behind Follow:',
    registerBlock,
    line((text, name) => block(`Follow: a\nX-Name: ${text}`, name)),
  ),
  stranger(
    'TEXT: value behind Follow:',
    registerBlock,
    line((text, name) => block(`Follow: a\n${text}: x`, name)),
  ),
  stranger(
    'Password: TEXT of an account',
    [{ characters: 256 }, ...registerBlock],
    line((text) => block(`Password: ${text}`, 'account')),
  ),
  stranger(
    'REGISTER TEXT CHAT/1.0',
    [{ characters: 20, as: 'word' }, { bytes: 1_000, as: 'word' }, { bytes: all }],
    line((text) => `REGISTER ${text} CHAT/1.0`),
  ),
  stranger(
    'first line TEXT',
    [{ bytes: 1_000 }, { bytes: all }],
    line((text) => text),
  ),
];
