import type { Listeners, Talker, WireName } from './entry-points-client.ts';
import { dearTexts, fill, type Size, type Text, texts } from './entry-points-texts.ts';

/** What one measurement has. */
export interface Scene {
  readonly text: string;
  readonly talker: Talker;
  readonly listeners: Listeners;
}

/** Sends what is measured, waits until the server has done all of it, and gives its answer. */
export type Run = (scene: Scene) => Promise<string>;

/** A place where a text can be sent to the server. */
export interface EntryPoint {
  readonly wire: WireName;
  readonly what: string;
  /** A stranger is not let in yet. */
  readonly who: 'user' | 'stranger';
  /** What is sent there: these texts (`texts` where it is not said) in these sizes. */
  readonly texts?: readonly Text[];
  readonly sizes: readonly Size[];
  readonly run: Run;
}

/** One text through one entry point. */
export interface Trial extends Omit<EntryPoint, 'texts' | 'sizes'> {
  readonly textName: string;
  readonly text: string;
}

type Make = (what: string, sizes: readonly Size[], run: Run) => EntryPoint;

/** Makes the entry points of a wire: those of a user, and those of a stranger. */
export function pointsOf(wire: WireName): { readonly user: Make; readonly stranger: Make } {
  const make =
    (who: EntryPoint['who']): Make =>
    (what, sizes, run) => ({ wire, what, who, sizes, run });
  return { user: make('user'), stranger: make('stranger') };
}

/** The same with the texts that are dearest. */
export const dear = (entryPoint: EntryPoint): EntryPoint => ({ ...entryPoint, texts: dearTexts });

export function trialsOf(entryPoints: readonly EntryPoint[]): Trial[] {
  return entryPoints.flatMap(({ texts: own = texts, sizes, ...entryPoint }) =>
    own.flatMap((text) =>
      [...new Set(sizes.map((size) => fill(text, size)))].map((filled) => ({
        ...entryPoint,
        textName: text.name,
        text: filled,
      })),
    ),
  );
}
