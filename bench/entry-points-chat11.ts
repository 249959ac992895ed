import type { Size } from './entry-points-texts.ts';
import { dear, type EntryPoint, pointsOf, type Run, type Scene } from './entry-points-trials.ts';

const all = 262_144;
/** What there is of a header block beside the value, and room. */
const headerBytes = 8_000;
const headerBytesBeforeLogin = 950;

const message: readonly Size[] = [{ characters: 65_535 }, { bytes: all }];
const atMost: { readonly [value: string]: Size } = {
  name: { characters: 20, as: 'word' },
  term: { characters: 64, as: 'word' },
  terms: { characters: 398, as: 'list' },
  id: { characters: 64, as: 'word' },
  number: { characters: 16, as: 'word' },
  file: { bytes: 255 },
  hash: { characters: 64, as: 'word' },
  password: { characters: 256 },
  phrase: { bytes: headerBytes },
};

export type Headers = Readonly<Record<string, string>>;

export function parcel(start: string, headers: Headers = {}, body?: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}\n`);
  return `${start} CHAT/1.1\n${lines.join('')}\n${body ?? ''}`;
}

const { user } = pointsOf('CHAT/1.1');

type Write = (text: string, scene: Scene) => string;

/** Asks, and waits for what came of it. */
const asked =
  (write: Write): Run =>
  async (scene) => {
    const { text, talker, listeners } = scene;
    const request = write(text, scene);
    const answer = await talker.ask(request);
    if (answer.startsWith('200 Now following')) await talker.ask(parcel('UNFOLLOW', { Term: text }));
    if (answer.startsWith('200 Sent')) {
      if (!request.startsWith('SENDTO')) await listeners.heard('text');
      else if (request.startsWith(toListener(scene))) await listeners.heard('text', 'CHAT/1.1');
    }
    const [, upload] = answer.startsWith('201 ') ? (/\nUpload: (\S+)\n/.exec(answer) ?? []) : [];
    return upload === undefined ? answer : uploaded(scene, upload, 'x\n');
  };

const toListener = ({ listeners }: Scene): string => `SENDTO ${listeners.nameOn('CHAT/1.1')} `;

async function uploaded({ talker, listeners }: Scene, upload: string, bytes: string): Promise<string> {
  const data = parcel(`DATA ${upload}`, { Offset: '0' }, bytes);
  const answer = await talker.ask(data + parcel(`COMMIT ${upload}`));
  if (answer.startsWith('200 Attached')) await listeners.heard('file');
  return answer;
}

/** The bytes of a file. */
const piece: Run = async (scene) => {
  const { text, talker } = scene;
  const headers = { Name: 'a.txt', Size: String(Buffer.byteLength(text)), Terms: 'apple' };
  const [, upload = ''] = /\nUpload: (\S+)\n/.exec(await talker.ask(parcel('ATTACH', headers))) ?? [];
  const data = parcel(`DATA ${upload}`, { Offset: '0' }, text);
  return talker.ask(data + parcel(`COMMIT ${upload}`));
};

interface Request {
  readonly start: string;
  readonly headers?: Headers;
  readonly body?: string;
}

let uploads = 0;

/**
 * A header of a request, behind the headers that it needs. `ME` is who asks, `NEW` an upload of which no failure was
 * told yet.
 */
function header(
  { start, headers = {}, body }: Request,
  name: string,
  value: string,
  who: EntryPoint['who'] = 'user',
): EntryPoint {
  const most = who === 'user' ? headerBytes : headerBytesBeforeLogin;
  const accepted = atMost[value] ?? {};
  const sizes: Size[] = [accepted, { bytes: most }, { bytes: all }];
  if (value === 'terms') sizes.push({ bytes: most, as: 'list' });
  // With folding, sixteen of U+3300 are as long as a term may be.
  if (value === 'term') sizes.push({ characters: 16, as: 'word' });
  const [verb] = start.split(' ');
  return {
    ...user(
      `${verb} ${name}: TEXT`,
      sizes,
      asked((text, { talker }) =>
        parcel(
          start.replace('ME', talker.name).replace('NEW', `u${++uploads}`),
          { ...headers, [name]: text },
          body,
        ),
      ),
    ),
    who,
  };
}

/** What stands behind a verb. */
function behind(
  verb: string,
  value: string,
  more: Omit<Request, 'start'> = {},
  who: EntryPoint['who'] = 'user',
): EntryPoint {
  const most = who === 'user' ? headerBytes : headerBytesBeforeLogin;
  const { headers, body } = more;
  const sizes: Size[] = [atMost[value] ?? {}, { bytes: most }, { bytes: all }];
  return {
    ...user(
      `${verb} TEXT`,
      sizes,
      asked((text) => parcel(`${verb} ${text}`, headers, body)),
    ),
    who,
  };
}

const attach: Request = { start: 'ATTACH', headers: { Name: 'a.txt', Size: '2', Terms: 'apple' } };
const attachTo: Request = { start: 'ATTACH', headers: { Name: 'a.txt', Size: '2' } };
const send: Request = { start: 'SEND', body: 'hello' };
const said = (verb: 'SEND' | 'BROADCAST'): EntryPoint =>
  user(
    `${verb} body`,
    message,
    asked((text) => parcel(verb, {}, text)),
  );
export const chat11EntryPoints: readonly EntryPoint[] = [
  dear(said('SEND')),
  dear(said('BROADCAST')),
  dear(
    user(
      'SENDTO body',
      message,
      asked((text, scene) => parcel(toListener(scene).trimEnd(), {}, text)),
    ),
  ),
  dear(
    user(
      'SEND body, four at once',
      [{ characters: 65_535 }],
      asked((text) => parcel('SEND', {}, text).repeat(4)),
    ),
  ),
  user('DATA body', [{ bytes: 65_536 }, { bytes: all }], piece),
  user(
    'PING body',
    message,
    asked((text) => parcel('PING', {}, text)),
  ),
  user(
    'unknown verb, body',
    message,
    asked((text) => parcel('SHOUT', {}, text)),
  ),
  header(send, 'Id', 'id'),
  header({ ...send, start: 'BROADCAST' }, 'Id', 'id'),
  header({ ...send, start: 'SENDTO nobody' }, 'Id', 'id'),
  header(send, 'X-Unknown', 'phrase'),
  header(send, 'Content-Length', 'number'),
  user(
    'SEND TEXT: value',
    [{ bytes: headerBytes, as: 'word' }, { bytes: all }],
    asked((text) => parcel('SEND', { [text]: 'x' }, 'hello')),
  ),
  behind('SENDTO', 'name', { body: 'hello' }),
  dear(header({ start: 'FOLLOW' }, 'Term', 'term')),
  header({ start: 'FOLLOW', headers: { Term: 'pie' } }, 'Since', 'number'),
  header({ start: 'UNFOLLOW' }, 'Term', 'term'),
  header({ start: 'HISTORY', headers: { Limit: '1' } }, 'Match', 'term'),
  header({ start: 'HISTORY' }, 'Before', 'number'),
  header({ start: 'HISTORY' }, 'After', 'number'),
  header({ start: 'HISTORY' }, 'Limit', 'number'),
  header({ start: 'ATTACH', headers: { Size: '2', Terms: 'apple' } }, 'Name', 'file'),
  header({ start: 'ATTACH', headers: { Name: 'a.txt', Terms: 'apple' } }, 'Size', 'number'),
  header(attach, 'SHA-256', 'hash'),
  header(attach, 'Upload', 'id'),
  dear(header(attachTo, 'Terms', 'terms')),
  header(attachTo, 'To', 'name'),
  behind('DATA', 'id', { headers: { Offset: '0' }, body: 'x\n' }),
  header({ start: 'DATA NEW', body: 'x\n' }, 'Offset', 'number'),
  behind('COMMIT', 'id'),
  behind('FETCH', 'id'),
  header({ start: 'FETCH f1' }, 'Offset', 'number'),
  header({ start: 'FETCH f1' }, 'Length', 'number'),
  ...['LIST', 'FOLLOWS', 'PING', 'LOGOUT', 'DISCONNECT'].map((verb) => behind(verb, 'phrase')),
  ...(['user', 'stranger'] as const).flatMap((who) => [
    behind('NAME', 'name', {}, who),
    behind('REGISTER', 'name', {}, who),
    header({ start: 'REGISTER ME' }, 'Password', 'password', who),
    dear(header({ start: 'REGISTER ME' }, 'Follow', 'terms', who)),
    behind('LOGIN', 'name', { headers: { Password: 'correct horse' } }, who),
    header({ start: 'LOGIN account' }, 'Password', 'password', who),
    header({ start: 'LOGIN account' }, 'Token', 'id', who),
    header({ start: 'LOGIN account', headers: { Token: 'x', Epoch: 'x' } }, 'Since', 'number', who),
    header({ start: 'LOGIN account', headers: { Token: 'x', Since: '0' } }, 'Epoch', 'id', who),
    header({ start: 'LOGIN account', headers: { Token: 'x' } }, 'Follow', 'terms', who),
    {
      ...user(
        'TEXT as a start line',
        [{ bytes: who === 'user' ? headerBytes : headerBytesBeforeLogin }, { bytes: all }],
        asked((text) => parcel(text)),
      ),
      who,
    },
  ]),
];
