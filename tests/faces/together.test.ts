import assert from 'node:assert/strict';
import { afterEach, type TestContext, test } from 'node:test';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { type ServerProcess, startServerProcess, udpAddressOf } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';
import { endJoiners, Joiner } from './joiner.ts';

afterEach(endJoiners);

/** One server; ann with `menu`, Bob with `console`, joe with `join`, ned with only `nc`, and a listener. */
class Company {
  readonly server: ServerProcess;
  readonly ann: Joiner;
  readonly bob: Joiner;
  readonly joe: Joiner;
  readonly ned: WireClient;
  /** Follows everything that can be followed. */
  readonly eve: ParcelClient;
  nedSees = '';

  private constructor(
    { server, address }: { readonly server: ServerProcess; readonly address: string },
    ned: WireClient,
    eve: ParcelClient,
    downloads: string,
  ) {
    this.server = server;
    this.ned = ned;
    this.eve = eve;
    ned.socket.on('data', (chunk: Buffer) => (this.nedSees += chunk.toString()));
    this.ann = new Joiner([address], { face: 'menu' });
    this.bob = new Joiner([address], { face: 'console' });
    this.joe = new Joiner(['joe', address, '--downloads', downloads], {});
  }

  /** Ann, Bob and joe come by the address that is `chosen`. */
  static async meet(context: TestContext, chosen: (server: ServerProcess) => string): Promise<Company> {
    const data = await temporaryFolder(context);
    const server = await startServerProcess(context, ['--data', data, '--log-level', 'debug']);
    const ned = await WireClient.register(context, server, 'ned');
    const { client: eve } = await ParcelClient.enter(context, server, 'REGISTER eve', {
      Password: 'correct horse',
      Follow: '*, @ann, @Bob, @joe, @ned, canary',
    });
    const company = new Company(
      { server, address: chosen(server) },
      ned,
      eve,
      await temporaryFolder(context),
    );
    company.ann.write('ann\ncorrect horse\n');
    company.bob.write('login Bob\n');
    await company.ann.waitFor('the menu', ({ output }) => output.includes('EX: exit'));
    await company.bob.waitFor('the login', ({ output }) => output === 'Success\n');
    await company.isHere('joe');
    return company;
  }

  /** Returns what each of them has on the screen. */
  screens(): { readonly [name: string]: string } {
    const { ann, bob, joe, nedSees } = this;
    return { ann: ann.output, Bob: bob.output, joe: joe.output, ned: nedSees };
  }

  /** Returns who has `text` on the screen, in any form. */
  whoSees(text: string): string[] {
    const screens = Object.entries(this.screens());
    return screens.filter(([, screen]) => screen.includes(text)).map(([name]) => name);
  }

  async isHere(name: string): Promise<void> {
    while (!(await this.eve.ask('LIST')).body.split('\n').includes(name));
  }

  async nedGets(line: string): Promise<void> {
    assert.equal(await this.ned.line(), line);
  }
}

const shows =
  (line: string) =>
  ({ output }: Joiner): boolean =>
    output.split('\n').includes(line);

const ways = {
  TCP: ({ port }: ServerProcess) => `chat://127.0.0.1:${port}`,
  UDP: udpAddressOf,
};

for (const [way, chosen] of Object.entries(ways)) {
  test(`all clients over ${way} and nc talk to each other; private messages reach only their recipient`, async (context) => {
    const company = await Company.meet(context, chosen);
    const { ann, bob, joe, ned, eve, server } = company;

    ann.write('BM\ngood morning\n');
    await bob.waitFor('the broadcast', shows('ann: good morning'));
    await joe.waitFor('the broadcast', shows('@ann: good morning'));
    await company.nedGets('@ann: good morning');

    joe.write('hello @ned\n');
    await company.nedGets('@joe: hello @ned');
    ned.send('what is new, @Bob?\n');
    await bob.waitFor('the mention', shows('ned: what is new, @Bob?'));

    bob.write('sendto joe canary one\n');
    await joe.waitFor('a private message', shows('@Bob (private): canary one'));
    ann.write('PM\njoe\ncanary two\n');
    await joe.waitFor('a private message', shows('@ann (private): canary two'));
    ned.send('!msg ann canary three\n');
    await ann.waitFor('a private message', shows('@ned (private): canary three'));
    await company.nedGets('Message sent to ann');
    joe.write('!msg Bob canary four\n');
    await bob.waitFor('a private message', shows('joe: canary four'));
    await joe.waitFor('the confirmation', shows('Message sent to Bob'));

    // Everybody's own history, followed by a line that everybody gets.
    joe.write('!history\n');
    await joe.waitFor('the history', ({ output }) => output.split('canary two').length === 3);
    ned.send('!history\n');
    await ned.lines(4);
    ann.write('CH\n');
    await ann.waitFor('the history', ({ output }) => output.split('canary three').length === 3);
    ann.write('BM\ngood night\n');
    for (const face of [bob, joe])
      await face.waitFor('the end', ({ output }) => output.includes('good night'));
    await company.nedGets('@ann: good night');

    assert.deepEqual(company.whoSees('hello @ned'), ['joe', 'ned']);
    assert.deepEqual(company.whoSees('what is new'), ['Bob', 'ned']);
    assert.deepEqual(company.whoSees('canary one'), ['joe']);
    assert.deepEqual(company.whoSees('canary two'), ['ann', 'joe']);
    assert.deepEqual(company.whoSees('canary three'), ['ann', 'ned']);
    assert.deepEqual(company.whoSees('canary four'), ['Bob', 'joe']);

    eve.send('HISTORY', { Limit: 200 });
    eve.send('HISTORY', { Limit: 200, Match: 'canary' });
    eve.send('FOLLOW', { Term: 'secret', Since: 0 });
    const heard = textsOf([...(await eve.until('200 End')), ...(await eve.until('200 Now'))]);
    assert.ok(heard.includes('what is new, @Bob?'));
    assert.ok(!heard.some((text) => text.includes('canary')), 'who follows everything hears nothing private');
    assert.ok(server.lines.length > 10);
    for (const line of server.lines) assert.ok(!line.includes('canary'), line);
    ann.write('EX\n');
    assert.equal(await ann.exit(), 0);
  });
}
