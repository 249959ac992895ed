import { parcel } from './entry-points-chat11.ts';
import { Listeners, Talker } from './entry-points-client.ts';
import { dearTexts, fill } from './entry-points-texts.ts';
import type { Run, Trial } from './entry-points-trials.ts';

const password = 'correct horse';
const maxText = { characters: 65_535 };
/** More than an answer or a page has room for. */
const publicMessages = 8;
const privateMessages = 8;

/** What was said before: coming back to it, and asking for it. Each text has a sender and a reader of its own. */
export async function pastTrials(port: number): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const [at, text] of dearTexts.entries()) {
    const filled = fill(text, maxText);
    const reader = `reader${at}`;
    const sender = await Talker.enter('CHAT/1.1', port);
    const owner = await Talker.connect('CHAT/1.1', port);
    const headers = { Password: password, Follow: `@${sender.name}` };
    const answer = await owner.ask(parcel(`REGISTER ${reader}`, headers));
    const [, token = '', epoch = '', position = ''] =
      /\nToken: (.*)\nEpoch: (.*)\nPosition: (.*)\n/.exec(answer) ?? [];
    await owner.leave();
    for (let n = 0; n < publicMessages; n++) await sender.ask(parcel('SEND', {}, filled));
    for (let n = 0; n < privateMessages; n++) await sender.ask(parcel(`SENDTO ${reader}`, {}, filled));
    const login = parcel(`LOGIN ${reader}`, { Token: token });
    const back = parcel(`LOGIN ${reader}`, { Token: token, Since: position, Epoch: epoch });
    const again = { Term: `@${sender.name}` };
    const trial = (what: string, run: Run, wire: Trial['wire'] = 'CHAT/1.1'): Trial => ({
      ...{ wire, what, who: 'stranger', textName: text.name, text: filled, run },
    });
    const asked =
      (request: string): Run =>
      async ({ talker }) => {
        await talker.ask(login);
        return talker.ask(request);
      };
    trials.push(
      trial(`LOGIN Since: of ${publicMessages + privateMessages} messages`, ({ talker }) =>
        talker.tell(back, () => /\nOf: \d+\n\n$/.test(talker.tail)),
      ),
      trial('HISTORY', asked(parcel('HISTORY', { Limit: '200' }))),
      trial(
        'HISTORY Before: of what is public',
        asked(parcel('HISTORY', { Limit: '200', Before: String(Number(position) + publicMessages + 1) })),
      ),
      trial(
        'HISTORY Match:, by the sender',
        asked(parcel('HISTORY', { Limit: '200', Match: `@${sender.name}` })),
      ),
      trial('HISTORY Match:, of what is in none', asked(parcel('HISTORY', { Match: 'nothing' }))),
      trial('FOLLOW Since:', async (scene) => {
        await asked(parcel('UNFOLLOW', again))(scene);
        return scene.talker.ask(parcel('FOLLOW', { ...again, Since: position }));
      }),
      trial(
        '!history',
        async ({ talker }) => {
          await talker.ask(`REGISTER ${reader} CHAT/1.0\nPassword: ${password}\n\n`);
          return talker.ask('!history 200\n');
        },
        'CHAT/1.0',
      ),
    );
  }
  return trials;
}

const crowdOnParcels = 100;
const crowdOnLines = 28;
const termsEach = 198;

/** Many who follow many words of one message, each others. They stay from here on. */
export async function crowdTrials(port: number): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const text of dearTexts.filter(({ name }) => name === 'words' || name === 'wide words')) {
    const filled = fill(text, maxText);
    const crowd = await crowdOf(filled.split(' ').slice(0, -1), port);
    const run =
      (request: string): Run =>
      async ({ talker, listeners }) => {
        crowd.begin();
        const answer = await talker.ask(request);
        await crowd.heard('text');
        await listeners.heard('text');
        return answer || '(delivered)';
      };
    const what = `${crowdOnParcels + crowdOnLines} follow ${termsEach} words each`;
    const own = { what, who: 'user', textName: text.name, text: filled } as const;
    trials.push(
      { ...own, wire: 'CHAT/1.1', run: run(parcel('SEND', {}, filled)) },
      { ...own, wire: 'CHAT/1.0', run: run(`${filled}\n`) },
    );
  }
  return trials;
}

async function crowdOf(words: readonly string[], port: number): Promise<Listeners> {
  const crowd = new Listeners();
  const terms = (at: number): string[] =>
    Array.from({ length: termsEach }, (_, n) => words[(at * termsEach + n) % words.length] ?? '');
  for (let at = 0; at < crowdOnParcels; at++) {
    const talker = await Talker.enter('CHAT/1.1', port);
    await talker.ask(
      terms(at)
        .map((term) => parcel('FOLLOW', { Term: term }))
        .join(''),
    );
    crowd.add(talker, 'parcel');
  }
  for (let at = crowdOnParcels; at < crowdOnParcels + crowdOnLines; at++) {
    const talker = await Talker.connect('CHAT/1.0', port);
    await talker.ask(`REGISTER ${talker.name} CHAT/1.0\nFollow: ${terms(at).join(', ')}\n\n`);
    crowd.add(talker, 'line');
  }
  return crowd;
}
