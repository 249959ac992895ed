import { writeSync } from 'node:fs';
import type { Ticket } from '../../src/server/log/bus.ts';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { textDraft } from './log-recorder.ts';

/**
 * A process that appends without end, to be killed or have its disk fail: `FILE LABEL IN-FLIGHT TAIL-ENTRIES`. Tells
 * on standard output, in lines and at once: `committed POSITION TEXT`, `refused REASON COUNT`, `failed MESSAGE`.
 */
const [file = '', label = '', inFlight = '1', tailEntries = '16384'] = process.argv.slice(2);

let appended = 0;
const append = (): void => {
  appended++;
  const text = `crash ${label} ${label}n${appended} w${appended % 97} w${appended % 1009}`;
  log.append(textDraft('writer', text), undefined);
};
// Not through process.stdout, which would hold lines back that a killed process cannot write any more.
const tell = (lines: string): void => {
  for (let rest = Buffer.from(`${lines}\n`); rest.length > 0; ) rest = rest.subarray(writeSync(1, rest));
};

const observer = {
  onCommit(group: readonly { entry: { position: number; message: object } }[]) {
    const lines = group.map(({ entry: { position, message } }) => {
      return `committed ${position} ${'text' in message ? message.text : ''}`;
    });
    tell(lines.join('\n'));
    for (const _ of group) append();
  },
  onRefuse(tickets: readonly (Ticket | undefined)[], reason: string) {
    tell(`refused ${reason} ${tickets.length}`);
  },
  onFailure(error: Error) {
    tell(`failed ${error.message}`);
    append();
    append();
    void log.close().then(() => tell('closed'));
  },
};
const log = await openSqliteLog({ file, observer, tailEntries: Number(tailEntries) });
for (let count = 0; count < Number(inFlight); count++) append();
