import type { Got, Reading, Send, Stored } from './history.ts';

const at = (ms: number): string => `${Math.round(ms)} ms`;

export function sendLine({ id, from, device, wire, to, terms, beganMs, sha256 }: Send): string {
  const audience = to === undefined ? terms.join(', ') : `${to} alone`;
  return `${at(beganMs)}: ${from} (${device}, ${wire}) sends ${sha256 === undefined ? '' : 'the file '}${id} to ${audience}`;
}

export function acknowledgedLine({ id, outcome }: Send): string {
  if (outcome?.kind !== 'stored') return `${id} was not acknowledged`;
  const { atMs, position } = outcome;
  return `${at(atMs)}: ${id} is acknowledged${position === undefined ? '' : `, at position ${position}`}`;
}

export function gotLine({ device, user, wire }: Reading, { id, from, to, position, atMs }: Got): string {
  const place = position === undefined ? '' : ` at position ${position}`;
  return `${at(atMs)}: ${user} (${device}, ${wire}) gets ${id} of ${from}${to === undefined ? '' : ` to ${to}`}${place}`;
}

export function storedLine({ id, from, to, position }: Stored): string {
  return `the end: ${id} of ${from}${to === undefined ? '' : ` to ${to}`} at position ${position}`;
}
