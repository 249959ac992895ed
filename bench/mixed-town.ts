import { randomFrom } from '../tests/support/random.ts';

/** What a town is drawn from: followers of ten words each, and texts of ten words. */
export interface TownOptions {
  readonly followers: number;
  /** The words of texts: by Zipf's law from `zipfWords`, or evenly from the first so many words. */
  readonly textWords: 'zipf' | number;
}

/** Who follows what, and what is said; words are numbers. */
export interface Town {
  readonly follows: readonly (readonly number[])[];
  /** Each word of a text once. */
  readonly texts: readonly (readonly number[])[];
}

/** A follower has half of their words evenly from the most frequent ones, and half by Zipf's law from more. */
const evenWords = 1_000;
export const zipfWords = 5_000;
/** Of Zipf's law; with it a text of such words reaches some 220 of a thousand followers. */
const zipfExponent = 0.82;
const wordsEach = 10;
/** Texts are repeated after so many. */
const textCount = 2048;

/** The same options draw the same town. */
export function drawTown({ followers, textWords }: TownOptions): Town {
  const random = randomFrom(20_261_128);
  const zipf = zipfFrom(random);
  const evenly = (count: number) => (): number => Math.floor(random() * count);
  const textWord = textWords === 'zipf' ? zipf : evenly(textWords);
  const follows = Array.from({ length: followers }, () => {
    const words = new Set<number>();
    while (words.size < wordsEach / 2) words.add(evenly(evenWords)());
    while (words.size < wordsEach) words.add(zipf());
    return [...words];
  });
  const texts = Array.from({ length: textCount }, () => [
    ...new Set(Array.from({ length: wordsEach }, () => textWord())),
  ]);
  return { follows, texts };
}

/** Draws word n with a probability that falls with n to the power of the exponent. */
function zipfFrom(random: () => number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let word = 1; word <= zipfWords; word++) {
    sum += word ** -zipfExponent;
    sums.push(sum);
  }
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** A word as it is followed, and as it stands in a text: five letters and digits. */
export const wordOf = (word: number): string => `w${word.toString(36).padStart(4, '0')}`;

const digits = 8;

/** The n-th text of `words`. Its number is a word that nobody follows. All texts of as many words are as long. */
export const mixedTextOf = (n: number, words: readonly number[]): string =>
  `${String(n).padStart(digits, '0')} ${words.map(wordOf).join(' ')}`;

/** Finds the number of each text in what a follower got; holds at most so many characters of an unfinished one. */
export const textNumber = /([0-9]{8}) w/g;
export const unfinishedCharacters = digits + 1;
