import type { TestContext } from 'node:test';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Joiner } from './joiner.ts';

const accounts = { keeper: 'correct horse' };

/** A server, and a function that runs a client to its end. */
export async function scriptScene(context: TestContext) {
  const server = await testServer(context, { accounts });
  const address = `chat://127.0.0.1:${server.port}`;
  const folder = await temporaryFolder(context);
  const usual = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder };
  async function run(face: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, input = '') {
    const program = new Joiner(args, { face, cwd: folder, env: { ...usual, ...env } });
    program.end(input);
    const code = await program.exit();
    return { code, output: program.output, errors: program.errors };
  }
  const asKeeper = { EARSHOT_URL: address, EARSHOT_NAME: 'keeper', EARSHOT_PASSWORD: 'correct horse' };
  return { server, address, folder, run, asKeeper, usual };
}
