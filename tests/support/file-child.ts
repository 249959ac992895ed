import { errorCode } from '../../src/client/system-error.ts';
import { LocalFileStore } from '../../src/server/files/local-file-store.ts';

/** Stores a file of 1 MiB in the folder that is named; writes `stored`, or the code of the error. */

const store = await LocalFileStore.open(process.argv[2] ?? '');
const upload = store.begin();
await upload.write(Buffer.alloc(1024 * 1024));
try {
  await upload.finish();
  process.stdout.write('stored\n');
} catch (error) {
  await upload.abort();
  process.stdout.write(`${errorCode(error)}\n`);
}
