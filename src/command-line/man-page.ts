import type { ArgumentRow, CommandRow, OptionRow } from './command-rows.ts';

/** Escapes a text for roff: no line begins a request, and a hyphen can be searched for and copied. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^[.']/gm, (character) => `\\&${character}`);

/** Returns the man page earshot(1). */
export function manPage(table: readonly CommandRow[], version: string): string {
  return [
    `.TH EARSHOT 1 "" "earshot ${plain(version)}" "User Commands"`,
    '.SH NAME',
    'earshot \\- chat server and terminal client: a message reaches those who follow a word in it',
    '.SH SYNOPSIS',
    '.B earshot',
    '.I command',
    '[\\fIoptions\\fR] [\\fIarguments\\fR]',
    '.SH DESCRIPTION',
    plain(
      'A self-hosted chat. People follow words and people; a message reaches exactly those who follow a word in it.',
    ),
    plain(
      '"earshot serve" runs a server and prints how to join it; "earshot join" is a conversation on a terminal.',
    ),
    '.SH COMMANDS',
    ...table.flatMap(commandLines),
    '.SH FILES',
    '.TP\n.I ~/.local/share/earshot',
    'The data of a server; elsewhere with \\-\\-data.',
    '.TP\n.I ~/.config/earshot',
    'The settings of the clients.',
    '.TP\n.I ~/.local/state/earshot',
    'What the clients remember.',
    '.SH EXIT STATUS',
    '0 when all was done; other codes are listed in the document operating.md of the package.',
    '.SH SEE ALSO',
    'The documents operating.md, protocol.md, scripts.md and library.md of the package.',
    '',
  ].join('\n');
}

function commandLines({ name, description, arguments: words, options }: CommandRow): readonly string[] {
  return [
    `.SS "earshot ${plain([name, ...words.map(({ usage }) => usage)].join(' '))}"`,
    `${plain(sentence(description))}`,
    ...words.flatMap(argumentLines),
    ...options.flatMap(optionLines),
  ];
}

function argumentLines({ usage, description, choices }: ArgumentRow): readonly string[] {
  return [`.TP\n.I ${plain(usage)}`, plain([sentence(description), ...oneOf(choices)].join(' '))];
}

const oneOf = (choices: readonly string[]): readonly string[] =>
  choices.length > 0 ? [`One of: ${choices.join(', ')}.`] : [];

function optionLines({ short, long, value, description, choices, variable }: OptionRow): readonly string[] {
  const names = [short, long].filter((word) => word !== undefined).join(', ');
  const more = [
    sentence(description),
    ...oneOf(choices),
    ...(variable === undefined ? [] : [`Environment: ${variable}.`]),
  ];
  return [`.TP\n.B ${plain(names)}${value === '' ? '' : ` ${plain(value)}`}`, plain(more.join(' '))];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
