/**
 * The milliseconds of processor time that `work` takes in this thread. For tests of what a function costs: time on the
 * clock also counts what other processes do.
 */
export function processorMs(work: () => void): number {
  const begun = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}
