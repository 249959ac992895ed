/** What has an end, at which things are put away: a test (`TestContext`), or a run that is none. */
export interface Scope {
  after(action: () => unknown): void;
}
