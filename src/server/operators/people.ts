import { isUserName, operatorName } from '../../protocol/names.ts';
import { formatAddressPrefix, parseAddressPrefix } from '../admission/address-prefix.ts';
import { covers, describeBan, isIn, maxBans } from '../admission/admission.ts';
import type { Ban } from '../admission/admission-file.ts';
import type { Session } from '../connection/session.ts';
import { CommandError, command, required, type Values } from './command.ts';
import type { Operated } from './operated.ts';
import { countOf, minuteOf, parseSpan, table } from './shown.ts';

/** The longest reason or announcement, which goes out in one line. */
const maxTextCharacters = 500;

/** A text that people are shown in one line; undefined when none was given. Throws a `CommandError`. */
function lineIn(values: Values, name: string): string | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const problem =
    text.length > maxTextCharacters
      ? `it has at most ${maxTextCharacters} characters`
      : /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
        ? 'it is one line, without control characters'
        : undefined;
  if (problem !== undefined) throw new CommandError('usage', `${name}: ${problem}`);
  return text;
}

/** Reads a name, an address or a prefix. What is both, such as 10.0.0.1, is an address. Throws a `CommandError`. */
function subjectOf(text: string): Pick<Ban, 'kind' | 'subject'> {
  const prefix = parseAddressPrefix(text);
  if (prefix !== undefined && 'problem' in prefix)
    throw new CommandError('usage', `${text}: ${prefix.problem}`);
  if (prefix !== undefined) return { kind: 'address', subject: formatAddressPrefix(prefix) };
  if (isUserName(text)) return { kind: 'name', subject: text };
  throw new CommandError(
    'usage',
    `${text} is no name, no address, and no prefix such as 10.0.0.0/8 or 2001:db8::/32`,
  );
}

function isMeant({ kind, subject }: Pick<Ban, 'kind' | 'subject'>): (session: Session) => boolean {
  if (kind === 'name') return ({ userName }) => userName === subject;
  const isThere = isIn(subject);
  return ({ connection }) => isThere(connection.remoteAddress);
}

/** Ends a connection, with `why` where its protocol can say so; without a protocol, at once. */
export function end({ operable, connection }: Session, why: string): void {
  if (operable === undefined) connection.destroy();
  else operable.kick(why);
}

function kickAll({ sessions }: Operated, subject: Pick<Ban, 'kind' | 'subject'>, what: string): number {
  const meant = [...sessions.open].filter(isMeant(subject));
  for (const session of meant) end(session, what);
  return meant.length;
}

const withWhy = (what: string, why: string | undefined): string =>
  why === undefined ? what : `${what}: ${why}`;
const connectionsIn = (count: number): string => countOf(count, 'connection');

export const kick = command({
  name: 'kick',
  summary: 'end the connections of a user, who may come back',
  arguments: [
    { name: 'name', summary: 'the user, or an address or prefix' },
    { name: 'why', summary: 'the reason, which they are told', isOptional: true, takesRest: true },
  ],
  isAct: true,
  run(server, values) {
    const subject = subjectOf(required(values, 'name'));
    const why = lineIn(values, 'why');
    const connections = kickAll(server, subject, withWhy('The operator ended this connection', why));
    if (connections === 0) throw new CommandError('noUser', `nobody is connected as ${subject.subject}`);
    return { subject: subject.subject, connections };
  },
  show: ({ subject, connections }) => `${subject}: ${connectionsIn(connections)} ended.\n`,
});

export const ban = command({
  name: 'ban',
  summary: 'keep a name or addresses out, over all protocols, and end their connections',
  arguments: [
    { name: 'subject', summary: 'a name, an address, or a prefix: 10.0.0.0/8, 2001:db8::/32' },
    { name: 'why', summary: 'the reason, which they are told', isOptional: true, takesRest: true },
  ],
  options: [
    { name: 'for', value: 'time', summary: 'until when: 90s, 30m, 2h, 7d from now; without it, for ever' },
  ],
  isAct: true,
  async run(server, values) {
    const { admission, clock } = server;
    const subject = subjectOf(required(values, 'subject'));
    const why = lineIn(values, 'why');
    const madeMs = Math.floor(clock.nowMs());
    const span = values.for === undefined ? undefined : parseSpan(values.for, '--for');
    const made: Ban = {
      ...subject,
      madeMs,
      ...(why !== undefined && { why }),
      ...(span !== undefined && { untilMs: madeMs + span }),
    };
    if (!(await admission.ban(made))) throw new CommandError('refused', `there are ${maxBans} bans already`);
    return { ...made, connections: kickAll(server, subject, describeBan(made)) };
  },
  show: ({ subject, untilMs, connections }) =>
    `${subject} is banned ${untilMs === undefined ? 'for ever' : `until ${minuteOf(untilMs)} UTC`}; ${connectionsIn(connections)} ended.\n`,
});

export const unban = command({
  name: 'unban',
  summary: 'lift a ban',
  arguments: [{ name: 'subject', summary: 'a name, an address or a prefix, as bans lists it' }],
  isAct: true,
  async run({ admission }, values) {
    const subject = subjectOf(required(values, 'subject'));
    const isLifted = await admission.unban(subject);
    const wider = admission.bans.find(
      (ban) => ban.kind === 'address' && subject.kind === 'address' && covers(ban.subject, subject.subject),
    );
    if (!isLifted) {
      const still = wider === undefined ? '' : ` by itself, but ${wider.subject} is`;
      throw new CommandError('noUser', `${subject.subject} is not banned${still}`);
    }
    return { subject: subject.subject, ...(wider !== undefined && { stillBanned: wider.subject }) };
  },
  show: ({ subject, stillBanned }) =>
    `${subject} is no longer banned${stillBanned === undefined ? '' : ` by itself, but ${stillBanned} still is`}.\n`,
});

export const bans = command({
  name: 'bans',
  summary: 'the bans in force',
  run: ({ admission }) => ({ bans: admission.bans }),
  show: (it) =>
    it.bans.length === 0
      ? 'Nobody is banned.\n'
      : table(
          ['BANNED', 'SINCE (UTC)', 'UNTIL (UTC)', 'WHY'],
          it.bans.map(({ subject, madeMs, untilMs, why }) => [
            subject,
            minuteOf(madeMs),
            minuteOf(untilMs),
            why ?? '',
          ]),
        ),
});

export const announce = command({
  name: 'announce',
  summary: 'show a line to everybody who is online',
  arguments: [{ name: 'text', summary: 'the line', takesRest: true }],
  isAct: true,
  run(server, values) {
    const text = lineIn(values, 'text') ?? required(values, 'text');
    // An account that is older than the rule for reserved names could say the same.
    const isForgeable = server.accounts.accountsLike(operatorName).length > 0;
    let told = 0;
    let untold = 0;
    for (const { userName, operable } of server.sessions.open) {
      if (userName === undefined || operable === undefined) continue;
      if (isForgeable && !operable.hasNotices) untold++;
      else {
        operable.announce(text);
        told++;
      }
    }
    return { told, untold };
  },
  show: ({ told, untold }) =>
    `Shown on ${connectionsIn(told)}.\n${untold === 0 ? '' : `Not on ${connectionsIn(untold)} over CHAT/1.0 and verbs: an account is called ${operatorName}.\n`}`,
});
