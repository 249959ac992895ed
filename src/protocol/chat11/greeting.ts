/**
 * How a client asks whether a server speaks CHAT/1.1. Servers of CHAT/1.0 that others wrote crash at many a first line,
 * but each of them knows REGISTER: it either refuses this one, or takes it for a registration.
 */

/** The first line of a client that does not know yet what the server speaks. */
export const greeting = (name: string): string => `REGISTER ${name} CHAT/1.1?\n`;

/** The answer of a server that speaks CHAT/1.1. The client's next line then counts as its first. */
export const greetingAnswer = '100 CHAT/1.1\n';

export function isGreeting(line: string): boolean {
  return /^REGISTER[ \t]+\S+[ \t]+CHAT\/1\.1\?$/.test(line);
}
