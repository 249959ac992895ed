import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { earshot, Joiner } from './joiner.ts';

describe('a window that is closed', { skip: ptyMissing }, () => {
  it('logs its guest out, so that the name is free at once', async (context) => {
    let hasLeft = (): void => {};
    const left = new Promise<void>((resolve) => {
      hasLeft = resolve;
    });
    const server = await testServer(context, {
      onLogLine: (line) => line.includes('"logged out"') && hasLeft(),
    });
    // As a shell runs it: reading fails before SIGHUP comes.
    const pty = new Pty(`sh -c ${quoted(`${join('hup', server)}; true`)}`);
    context.after(() => pty.close());
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    pty.hangUp();
    await left;
    const again = new Joiner(['hup', addressOf(server)]);
    context.after(() => again.close());
    again.end();
    assert.equal(await again.exit(), 0, again.errors);
  });
});

type Server = Awaited<ReturnType<typeof testServer>>;

function join(name: string, server: Server): string {
  return [process.execPath, earshot, 'join', name, addressOf(server)].map(quoted).join(' ');
}

function addressOf({ port }: Server): string {
  return `chat://127.0.0.1:${port}`;
}
