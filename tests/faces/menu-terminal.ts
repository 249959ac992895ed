import type { TestContext } from 'node:test';
import { Pty, quoted } from '../support/pty.ts';
import { earshot } from './joiner.ts';

/** The menu's main question. */
export const operation = 'Enter operation:';

/** Starts `earshot menu` on a terminal, and waits for its first question. */
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

/** Waits until `question`, without an answer, is the last row on the screen. */
export function asked(pty: Pty, question: string): Promise<void> {
  return pty.waitFor(question, ({ rows }) => rows.at(-1) === question);
}

/** Answers a question and waits for the next one, which may have the same text. */
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

/** Returns the rows after the last row `from`, without the question at the end. */
export function rowsFrom({ rows }: Pty, from: string): string[] {
  return rows.slice(rows.lastIndexOf(from) + 1, -1);
}
