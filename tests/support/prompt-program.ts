import { PromptScreen } from '../../src/terminal/prompt-screen.ts';

/**
 * A program with a prompt, whose lines are orders to itself: each name below with its arguments. It prints what else it
 * gets. For tests of what no client asks of its prompt yet.
 */
const screen = new PromptScreen(process.stdin, process.stdout, process.env);
let count = 0;

const orders: Readonly<Record<string, (rest: string) => void>> = {
  pending: (rest) => screen.pending(Array.from({ length: Number(rest) }, (_, index) => `pending ${index}`)),
  title: (title) => screen.attention({ title }),
  notice: (notice) => screen.attention({ notice }),
  bell: () => screen.attention({ bell: true }),
  pid: () => screen.show(`pid ${process.pid}`),
  focus: () => screen.show(`focused: ${screen.isFocused}`),
  status: (rest) => screen.status(rest),
  hide: () => screen.prompt('Secret: ', 'hidden'),
  burst: (rest) => {
    for (let index = 0; index < Number(rest); index++) screen.show(`burst ${index}`);
  },
};

process.on('SIGUSR2', () => screen.show(`signal ${++count}`));
screen.open(
  {
    onLine(text) {
      const [order = '', ...rest] = text.split(' ');
      if (orders[order] === undefined) screen.show(`got ${JSON.stringify(text)}`);
      else orders[order](rest.join(' '));
      if (text === 'secret') screen.prompt('> ');
    },
    onEmpty: () => screen.show('got nothing'),
    onLeave() {
      screen.close();
      process.exit(0);
    },
  },
  { focus: true },
);
