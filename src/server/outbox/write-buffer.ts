import { ReusedMemory } from '../../transport/reused-memory.ts';

/** Frames are joined up to about this many bytes. */
export const joinedBytes = 64 * 1024;

/** Frames that wait for a reader become one write here, for one outbox after the other. */
export const writeBuffer = new ReusedMemory(joinedBytes);
