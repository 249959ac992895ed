import { writeFileSync } from 'node:fs';
import { commandRows } from '../src/command-line/command-rows.ts';
import { manPage } from '../src/command-line/man-page.ts';
import { createProgram } from '../src/main.ts';
import { packageVersion } from '../src/version.ts';

/** Writes the man page earshot(1) to the file that the command line names. */

const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: node tools/man-page.ts FILE');
writeFileSync(file, manPage(commandRows(await createProgram()), packageVersion));
