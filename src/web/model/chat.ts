import type { Client, Entry } from '../../client/client.ts';
import { LostError } from '../../client/errors.ts';
import { foldWord } from '../../protocol/folding.ts';
import { Changes } from './changes.ts';
import { everything, type Filter, isSameFilter, isShown } from './filter.ts';
import { readOlder } from './history.ts';
import type { Mutes } from './mutes.ts';
import { Partners } from './partners.ts';
import type { Recent } from './recent.ts';
import type { Look, Seen } from './seen.ts';
import { Sending } from './sending.ts';
import { Timeline } from './timeline.ts';
import { Transfers } from './transfers.ts';
import { Unread } from './unread.ts';
import type { UnsentLine, UnsentLines } from './unsent.ts';

export type Status =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'catching-up' }
  | { readonly kind: 'offline'; readonly why: string; readonly retryAtMs: number }
  | { readonly kind: 'closed'; readonly why: string };

export interface ChatOptions {
  readonly name: string;
  readonly isGuest: boolean;
  readonly unsent: UnsentLines;
  readonly mutes: Mutes;
  readonly recent: Recent;
  readonly seen: Seen;
  readonly nowMs: () => number;
  /** Called for each entry that comes live, in order. */
  readonly onEntry?: (entry: Entry, isSeen: boolean) => void;
}

/** How many lines of the history are read at first. */
const firstLines = 200;
/** To look for a word in texts takes the page a tenth of a second for a million characters. */
const searched = { entries: 2_000, characters: 250_000 };
const muteMs = 2 * 60 * 60_000;

/** What the page shows of one user's chat. Views read it and draw anew at each change. */
export class Chat extends Changes {
  readonly name: string;
  readonly unread = new Unread();
  readonly transfers: Transfers;
  readonly sending: Sending;
  readonly #partners = new Partners();
  isGuest: boolean;
  status: Status = { kind: 'connecting' };
  follows: readonly string[] = [];
  people: readonly string[] = [];
  /** How many others got the last line that was sent. */
  lastReached: number | undefined;
  filter: Filter = everything;
  isReadingHistory = false;
  /** The page is visible, and its newest line too. */
  #isAttentive = true;
  #client: Client | undefined;
  readonly #options: ChatOptions;
  #all: Timeline;
  #shown: Timeline;

  constructor(options: ChatOptions) {
    super();
    this.#options = options;
    this.name = options.name;
    this.isGuest = options.isGuest;
    this.#all = this.#timeline(everything);
    this.#shown = this.#all;
    this.transfers = new Transfers(this, () => this.#client);
    this.sending = new Sending({
      ...options,
      onChange: () => this.changed(),
      onStored: (entry, reached) => {
        this.lastReached = reached;
        this.#take(entry);
      },
    });
  }

  get timeline(): Timeline {
    return this.#shown;
  }

  get client(): Client | undefined {
    return this.#client;
  }

  get partners(): readonly string[] {
    return this.#partners.names;
  }

  /** What was shown at the last visit, until there is a connection. */
  restore(entries: readonly Entry[], follows: readonly string[], waiting: readonly UnsentLine[]): void {
    this.follows = follows;
    this.#all.addAll(entries);
    for (const entry of entries) this.#partners.take(entry);
    this.sending.restore(waiting);
    this.changed();
  }

  /** Shows why there is no connection yet. */
  trying(why: string, retryInMs: number): void {
    this.#setStatus({ kind: 'offline', why, retryAtMs: this.#options.nowMs() + retryInMs });
  }

  /** Logged in: from here on, `client` tells what happens. */
  async begin(client: Client): Promise<void> {
    this.#client = client;
    if (client.lastHereMs !== undefined && client.isCatchingUp) this.#all.awayAt = client.position;
    this.#setStatus({ kind: client.isCatchingUp ? 'catching-up' : 'online' });
    client
      .on('message', (entry) => this.#take(entry))
      .on('attachment', (entry) => this.#take(entry))
      .on('caught-up', ({ matched, of }) => {
        if (of > 0) this.note(`caught up: ${matched} of ${of} messages were for you`);
        this.#all.endAway();
        this.#setStatus({ kind: 'online' });
      })
      .on('gap', ({ from, to }) => this.note(`${to - from + 1} messages of the server cannot be shown here`))
      .on('reset', () => this.note('The server has another log now: what was missed cannot be shown.'))
      .on('notice', ({ text }) => this.note(text))
      .on('offline', ({ why, retryInMs }) => this.trying(why, retryInMs))
      .on('online', () => {
        this.#setStatus({ kind: client.isCatchingUp ? 'catching-up' : 'online' });
        void this.refresh();
      })
      .on('closed', ({ why }) => this.#setStatus({ kind: 'closed', why: why ?? 'You signed out.' }));
    this.sending.begin(client);
    await Promise.all([this.refresh(), this.#readNewest(client)]);
  }

  /** Asks who is online and what is followed. */
  async refresh(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    try {
      [this.people, this.follows] = await Promise.all([
        client.list(),
        client.follows().then((terms) => terms.filter((term) => !this.#isOwn(term))),
      ]);
      this.isGuest = client.isGuest;
      this.#options.recent.keepFollows(this.follows);
      this.changed();
    } catch {
      // It is offline again; the next `online` asks anew.
    }
  }

  /** Sends a line to whoever follows its words, or to the one person whose conversation is shown. */
  say(text: string): void {
    this.sending.say(text, this.filter.kind === 'with' ? this.filter.name : undefined);
  }

  async follow(term: string): Promise<void> {
    await this.#connected().follow(term);
    await this.refresh();
  }

  async unfollow(term: string): Promise<void> {
    await this.#connected().unfollow(term);
    await this.refresh();
  }

  isFollowed(term: string): boolean {
    const key = foldWord(term);
    return this.follows.some((followed) => foldWord(followed) === key);
  }

  isMuted(term: string): boolean {
    return this.#options.mutes.isMuted(term, this.#options.nowMs());
  }

  /** Hides what a term brings for two hours, or shows it again. */
  toggleMute(term: string): void {
    const { mutes, nowMs } = this.#options;
    if (this.isMuted(term)) mutes.unmute(term);
    else mutes.mute(term, nowMs() + muteMs);
    this.#all.rebuild();
    this.#shown.rebuild();
    this.changed();
  }

  show(filter: Filter): void {
    if (isSameFilter(filter, this.filter)) return;
    this.filter = filter;
    this.#shown = filter.kind === 'all' ? this.#all : this.#timeline(filter);
    if (this.#shown !== this.#all) this.#shown.addAll(this.#searchable(filter));
    this.#look();
    this.changed();
    if (this.#shown !== this.#all) void this.readOlder();
  }

  /** Reads a page of the history in front of what is shown. */
  async readOlder(): Promise<void> {
    const client = this.#client;
    const timeline = this.#shown;
    const { nowMs } = this.#options;
    // Each drawing asks, so the one behind `online` does.
    if (client?.state !== 'online' || this.isReadingHistory || !timeline.mayHaveOlder(nowMs())) return;
    this.isReadingHistory = true;
    this.changed();
    await readOlder(client, timeline, () => this.#shown === timeline, nowMs);
    this.isReadingHistory = false;
    this.changed();
  }

  /** Somebody looks at the newest lines, or no more. */
  attend(isAttentive: boolean): void {
    // While somebody looks nothing that is shown becomes unread.
    if (isAttentive === this.#isAttentive) return;
    this.#isAttentive = isAttentive;
    if (this.#look()) this.changed();
  }

  note(text: string): void {
    const nowMs = this.#options.nowMs();
    this.#all.note(text, nowMs);
    if (this.#shown !== this.#all) this.#shown.note(text, nowMs);
    this.changed();
  }

  async #readNewest(client: Client): Promise<void> {
    try {
      const { entries } = await client.history({ limit: firstLines });
      // What the last visit kept may have a hole before what came since.
      const fresh = this.#timeline(everything);
      fresh.awayAt = this.#all.awayAt;
      fresh.isComplete = entries.length === 0;
      const first = entries[0]?.position ?? 0;
      fresh.addAll([...entries, ...this.#all.entries.filter(({ position }) => (position ?? 0) >= first)]);
      if (this.#shown === this.#all) this.#shown = fresh;
      else this.#shown.addAll(entries);
      this.#all = fresh;
      for (const entry of fresh.entries) this.#partners.take(entry);
      this.#options.recent.keep(fresh.entries);
      this.changed();
    } catch {
      // Offline again.
    }
  }

  #timeline(filter: Filter): Timeline {
    const timeline = new Timeline(filter);
    timeline.isHidden = (entry) => this.#options.mutes.hides(entry, this.#options.nowMs());
    return timeline;
  }

  #take(entry: Entry): void {
    const isNew = this.#all.add(entry);
    if (this.#shown !== this.#all) this.#shown.add(entry);
    if (!isNew) return;
    this.#partners.take(entry);
    const isSeen = entry.isOwn || (this.#isAttentive && isShown(this.filter, entry));
    if (isSeen) this.#tellLook();
    else if (!this.#options.seen.covers(entry)) this.unread.add(entry);
    this.#options.recent.keep(this.#all.entries);
    this.#options.onEntry?.(entry, isSeen);
    this.changed(!entry.isOwn);
  }

  /** What is here and may be what `filter` shows. Older entries are read from the history. */
  #searchable(filter: Filter): readonly Entry[] {
    if (filter.kind === 'with') return this.#all.entries;
    return this.#all.newest(searched.entries, searched.characters);
  }

  /** Another tab has shown something to somebody. */
  seenElsewhere(look: Look): void {
    const { filter, after } = this.#options.seen.heard(look);
    if (this.unread.seen(filter, look.position, after)) this.changed();
  }

  /** Takes for seen what is shown, if somebody looks. Returns whether that changes anything. */
  #look(): boolean {
    this.#tellLook();
    return this.#isAttentive && this.unread.seen(this.filter);
  }

  #tellLook(): void {
    if (this.#isAttentive) this.#options.seen.looked(this.filter, this.#shown.last);
  }

  #connected(): Client {
    if (this.#client === undefined) throw new LostError('offline', 'There is no connection now');
    return this.#client;
  }

  #isOwn(term: string): boolean {
    return term === '@all' || term === `@${this.name}`;
  }

  #setStatus(status: Status): void {
    this.status = status;
    this.changed();
  }
}
