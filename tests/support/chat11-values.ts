import fc from 'fast-check';
import type { EventKind, EventOf } from '../../src/protocol/chat11/event.ts';
import type { RequestKind, RequestOf } from '../../src/protocol/chat11/request.ts';
import type { AnsweredKind, Failure, ResponseTo } from '../../src/protocol/chat11/response.ts';
import { baseName, fileNameProblem } from '../../src/protocol/file-names.ts';
import { isUserName } from '../../src/protocol/names.ts';
import { termProblem } from '../../src/protocol/terms.ts';
import { hasControlCharacter } from '../../src/protocol/text.ts';
import { anyString } from './any-string.ts';

/** Everything that can be said in CHAT/1.1, as fast-check makes it up. */

const kind = <const Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);
const unicode = anyString({ minLength: 1, maxLength: 30 });
const tricky = fc.constantFrom('CHAT/1.1', '200 OK', 'a: b', '__proto__', 'tab\tinside', '\u2028', 'é', '🍎');
const phrase = fc
  .oneof(tricky, unicode)
  .filter((text) => !hasControlCharacter(text) && !/^[ \t]|[ \t]$/.test(text));
const text = fc.oneof(tricky, unicode).filter((said) => !hasControlCharacter(said));
const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,18}[A-Za-z0-9])?$/).filter(isUserName);
const term = fc
  .oneof(fc.constantFrom('*', '@bob', '@all', 'apple', '__proto__', '"apple pie"', '"é  🍎 x"'), unicode)
  .filter((one) => termProblem(one) === undefined);
const terms = fc.array(term, { maxLength: 5 });
const number = fc.maxSafeNat();
const id = fc.oneof(kind('CHAT/1.1'), fc.stringMatching(/^[!-~]{1,64}$/));
/** What the domain lets pass, whatever this wire can write: a name that it cannot write must be found. */
const fileName = fc
  .oneof(tricky, unicode, fc.constantFrom(' x', 'x ', 'x\t', '\u00a0x', 'x\u2028'))
  .filter((one) => baseName(one) === one && fileNameProblem(one) === undefined);
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const timeMs = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
const piece = fc.uint8Array({ minLength: 1, maxLength: 60 });

/** With the prototype that every parsed object has. */
const plain = <T extends object>(one: T): T => ({ ...one });

const requests: { readonly [Kind in RequestKind]: fc.Arbitrary<RequestOf<Kind>> } = {
  name: fc.record({ kind: kind('name'), name }),
  register: fc.record(
    { kind: kind('register'), name, password: phrase, follow: terms },
    { requiredKeys: ['kind', 'name'] },
  ),
  login: fc.oneof(
    fc.record(
      { kind: kind('login'), name, password: phrase, follow: terms },
      { requiredKeys: ['kind', 'name'] },
    ),
    fc.record({ kind: kind('login'), name, token: id, since: number, epoch: id }),
  ),
  logout: fc.record({ kind: kind('logout') }),
  password: fc.record({ kind: kind('password'), old: phrase, password: phrase }),
  devices: fc.record({ kind: kind('devices') }),
  revoke: fc.record({ kind: kind('revoke'), device: number }),
  list: fc.record({ kind: kind('list') }),
  follow: fc.record({ kind: kind('follow'), term, since: number }, { requiredKeys: ['kind', 'term'] }),
  unfollow: fc.record({ kind: kind('unfollow'), term }),
  follows: fc.record({ kind: kind('follows') }),
  send: fc.record({ kind: kind('send'), id, text }, { requiredKeys: ['kind', 'text'] }),
  broadcast: fc.record({ kind: kind('broadcast'), id, text }, { requiredKeys: ['kind', 'text'] }),
  sendto: fc.record({ kind: kind('sendto'), to: name, id, text }, { requiredKeys: ['kind', 'to', 'text'] }),
  audience: fc.record({ kind: kind('audience'), text }),
  history: fc.record(
    {
      kind: kind('history'),
      before: number,
      after: number,
      limit: fc.integer({ min: 1, max: 200 }),
      match: term,
    },
    { requiredKeys: ['kind'] },
  ),
  attach: fc.oneof(
    fc.record(
      { kind: kind('attach'), name: fileName, bytes: number, sha256, terms, upload: id },
      { requiredKeys: ['kind', 'name', 'bytes', 'terms'] },
    ),
    fc.record({ kind: kind('attach'), name: fileName, bytes: number, to: name }),
  ),
  data: fc.record({ kind: kind('data'), upload: id, offset: number, piece }),
  commit: fc.record({ kind: kind('commit'), upload: id }),
  fetch: fc.record(
    { kind: kind('fetch'), attachment: id, offset: number, length: number },
    { requiredKeys: ['kind', 'attachment'] },
  ),
  ping: fc.record({ kind: kind('ping') }),
  disconnect: fc.record({ kind: kind('disconnect') }),
};

const admitted = { token: id, epoch: id, position: number };
const posted = { position: number, reached: number };

const responses: { readonly [Kind in AnsweredKind]: fc.Arbitrary<ResponseTo<Kind>> } = {
  name: fc.record({
    kind: kind('name'),
    status: fc.constantFrom('free', 'guest', 'account'),
    online: fc.boolean(),
  }),
  register: fc.record({ kind: kind('register'), ...admitted }),
  login: fc.record({ kind: kind('login'), ...admitted }),
  logout: fc.record({ kind: kind('logout') }),
  password: fc.record({ kind: kind('password'), token: id }),
  devices: fc.record({
    kind: kind('devices'),
    devices: fc.array(
      fc
        .record({ id: number, madeMs: timeMs, usedMs: timeMs, isThis: fc.boolean(), label: phrase })
        .map(plain),
    ),
  }),
  revoke: fc.record({ kind: kind('revoke') }),
  list: fc.record({ kind: kind('list'), names: fc.array(name) }),
  follow: fc.record({ kind: kind('follow') }),
  unfollow: fc.record({ kind: kind('unfollow') }),
  follows: fc.record({ kind: kind('follows'), terms, phrases: terms }, { requiredKeys: ['kind', 'terms'] }),
  send: fc.record({ kind: kind('send'), ...posted }),
  broadcast: fc.record({ kind: kind('broadcast'), ...posted }),
  sendto: fc.record({ kind: kind('sendto'), ...posted }),
  audience: fc.record({ kind: kind('audience'), people: number, few: fc.boolean(), terms }),
  history: fc.record({ kind: kind('history') }),
  attach: fc.record({ kind: kind('attach'), upload: id, offset: number }),
  commit: fc.record({ kind: kind('commit'), ...posted, sha256 }),
  fetch: fc.record({ kind: kind('fetch'), bytes: number, sha256 }),
  ping: fc.record({ kind: kind('ping') }),
  disconnect: fc.record({ kind: kind('disconnect') }),
};

const said = {
  position: number,
  from: name,
  to: name,
  timeMs,
  replay: fc.boolean(),
  matched: terms,
  phrases: terms,
};
const needed = ['position', 'from', 'timeMs'] as const;

const events: { readonly [Kind in EventKind]: fc.Arbitrary<EventOf<Kind>> } = {
  message: fc.record({ kind: kind('message'), ...said, text }, { requiredKeys: ['kind', ...needed, 'text'] }),
  attachment: fc.record(
    { kind: kind('attachment'), ...said, attachment: id, name: fileName, bytes: number, sha256 },
    { requiredKeys: ['kind', ...needed, 'attachment', 'name', 'bytes', 'sha256'] },
  ),
  data: fc.record({ kind: kind('data'), attachment: id, offset: number, piece }),
  'caught-up': fc.record({ kind: kind('caught-up'), matched: number, of: number }),
  gap: fc.record({ kind: kind('gap'), from: number, to: number }),
  reset: fc.record({ kind: kind('reset'), epoch: id }),
  notice: fc.record({ kind: kind('notice'), text }),
  disconnect: fc.record({ kind: kind('disconnect'), reason: phrase, retry: fc.boolean() }),
};

export const anyRequest = fc.oneof(...Object.values(requests)).map(plain);
export const anyResponse = fc.oneof(...Object.values(responses)).map(plain);
export const anyEvent = fc.oneof(...Object.values(events)).map(plain);
export const anyMessage = events.message.map(plain);
export const anyFailure: fc.Arbitrary<Failure> = fc
  .record(
    {
      kind: kind('failure'),
      code: fc.integer({ min: 400, max: 599 }),
      reason: phrase,
      retryAfterS: number,
      request: kind('DATA'),
      upload: id,
    },
    { requiredKeys: ['kind', 'code', 'reason'] },
  )
  .map(plain);
