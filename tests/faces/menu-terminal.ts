import type { TestContext } from 'node:test';
import { Pty, quoted } from '../support/pty.ts';
import { earshot } from './joiner.ts';

/** The question that the menu consists of. */
export const operation = 'Enter operation:';

/** `earshot menu` on a terminal, at its first question. */
export async function menuOf(
  context: TestContext,
  { port }: { readonly port: number },
  env = {},
): Promise<Pty> {
  const command = [process.execPath, earshot, 'menu', '-hn', '127.0.0.1', '-p', String(port)];
  const pty = new Pty(`exec ${command.map(quoted).join(' ')}`, { columns: 120, env });
  context.after(() => pty.close());
  await asked(pty, 'Enter user name:');
  return pty;
}

/** Waits until the last thing on the screen is `question`, with nothing behind it. */
export function asked(pty: Pty, question: string): Promise<void> {
  return pty.waitFor(question, ({ rows }) => rows.at(-1) === question);
}

/** Answers a question; waits for the next, which may be the same again. */
export async function answer(pty: Pty, line: string, next: string): Promise<void> {
  const before = questions(pty);
  pty.type(`${line}\r`);
  await pty.waitFor(next, ({ rows }) => questions(pty) > before && rows.at(-1) === next);
}

function questions({ rows }: Pty): number {
  return rows.filter((row) => /^(?:\[offline\] )?Enter /.test(row)).length;
}

export async function signUp(
  context: TestContext,
  server: { readonly port: number },
  name: string,
): Promise<Pty> {
  const pty = await menuOf(context, server);
  await answer(pty, name, 'Enter Password:');
  await answer(pty, `canary of ${name}`, operation);
  return pty;
}

/** The rows from the last `from` on, without the question at the end. */
export function rowsFrom({ rows }: Pty, from: string): string[] {
  return rows.slice(rows.lastIndexOf(from) + 1, -1);
}
