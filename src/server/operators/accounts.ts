import { maxInvitations } from '../admission/admission.ts';
import { type Registration, registrations } from '../admission/admission-file.ts';
import { CommandError, command, required } from './command.ts';
import type { Operated } from './operated.ts';
import { end } from './people.ts';
import { countOf, minuteOf, parseSpan, table } from './shown.ts';

export const accounts = command({
  name: 'accounts',
  summary: 'the accounts: from where and when they were made, and their last login',
  async run(server) {
    const online = new Set(await server.registry.online());
    const listed = await server.accounts.list();
    return { accounts: listed.map((each) => ({ ...each, isOnline: online.has(each.name) })) };
  },
  show: (it) =>
    table(
      ['NAME', 'MADE (UTC)', 'FROM', 'LAST LOGIN (UTC)', 'FROM', 'TOKENS', 'ONLINE'],
      it.accounts.map(({ name, createdMs, createdFrom, loginMs, loginFrom, tokens, isOnline }) => [
        ...[name, minuteOf(createdMs), createdFrom ?? '-', minuteOf(loginMs), loginFrom ?? '-'],
        ...[tokens, isOnline ? 'yes' : 'no'],
      ]),
    ),
});

const meanings: { readonly [registration in Registration]: string } = {
  open: 'everybody may come in and make an account',
  closed: 'only those who have an account come in',
  invite: 'only those come in who have an account, or make one with an invitation (earshot admin invite)',
};

export const registration = command({
  name: 'registration',
  summary: 'say who may come in with a new name: open, closed or invite',
  arguments: [
    {
      name: 'rule',
      summary: 'the new rule; without it, what holds now',
      isOptional: true,
      choices: registrations,
    },
  ],
  isAct: true,
  async run({ admission }, { rule }) {
    if (rule !== undefined) {
      const known = registrations.find((each) => each === rule);
      if (known === undefined)
        throw new CommandError('usage', `${rule}: it must be ${registrations.join(', ')}`);
      await admission.setRegistration(known);
    }
    return { registration: admission.registration };
  },
  show: (it) => `Registration is ${it.registration}: ${meanings[it.registration]}.\n`,
});

const invitationSpan = '7d';

export const invite = command({
  name: 'invite',
  summary: 'print a code with which one account can be made',
  options: [
    { name: 'for', value: 'time', summary: `how long it can be used: 2h, 7d; ${invitationSpan} without it` },
  ],
  isAct: true,
  async run({ admission, clock }, values) {
    const untilMs = Math.floor(clock.nowMs()) + parseSpan(values.for ?? invitationSpan, '--for');
    const code = await admission.invite(untilMs);
    if (code === undefined)
      throw new CommandError('refused', `there are ${maxInvitations} unused invitations already`);
    return { code, untilMs, registration: admission.registration };
  },
  show: (it) =>
    `${it.code}\n${it.registration === 'invite' ? '' : `Registration is ${it.registration}: earshot admin registration invite makes it needed.\n`}`,
});

/** How long the sessions of an erased user may take to end. */
const goneMs = 5_000;

export const erase = command({
  name: 'erase',
  summary: 'delete a user: the account, and every text and file that they sent',
  arguments: [{ name: 'name', summary: 'the user' }],
  options: [{ name: 'yes', value: 'name', summary: 'the name again, since this cannot be undone' }],
  isAct: true,
  async run(server, values) {
    const name = required(values, 'name');
    if (values.yes !== name) {
      throw new CommandError(
        'usage',
        `this cannot be undone; to erase ${name} and all that they sent, add --yes ${name}`,
      );
    }
    await endSessions(server, name);
    server.users.giveUpPlace(name);
    const account = await server.accounts.erase(name);
    await server.giveUpUploads(name);
    const { entries, files, isCompact } = await server.log.erase(name);
    for (const id of files) await server.fileStore.remove(id);
    if (!account && entries === 0)
      throw new CommandError('noUser', `there is no account ${name}, and no message from them`);
    return { name, account, messages: entries, files: files.length, isCompact };
  },
  show: ({ name, account, messages, files, isCompact }) =>
    [
      `${name} is erased: ${account ? 'the account, ' : 'there was no account; '}${countOf(messages, 'message')}, among them ${countOf(files, 'file')}.`,
      'Backups, and what others have received or written to them, still have theirs.',
      ...(isCompact
        ? []
        : ['The log was not written anew; docs/operating.md ("Erasing a user") says what may be left.']),
      '',
    ].join('\n'),
});

/** Ends the user's connections, and waits until they have left. */
async function endSessions({ sessions, clock }: Operated, name: string): Promise<void> {
  const own = (): boolean => {
    const found = [...sessions.open].filter(({ userName }) => userName === name);
    for (const session of found) end(session, 'The operator erased this user');
    return found.length > 0;
  };
  const endMs = clock.monotonicMs() + goneMs;
  while (own()) {
    if (clock.monotonicMs() > endMs)
      throw new CommandError('refused', `${name} is still connected; try again`);
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
  }
}
