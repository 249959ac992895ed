import { type Command, Option } from 'commander';
import { commaList, wholeNumber } from './values.ts';

/** `earshot serve`. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the server; needs no option')
    .addOption(
      new Option(
        '-p, --port <number>',
        'port to listen on; 0 lets the system choose (default: the port of the last start, at first 0)',
      )
        .env('EARSHOT_PORT')
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option(
        '--host <address>',
        'address to listen on; 0.0.0.0 for all (default: this machine only, 127.0.0.1)',
      ).env('EARSHOT_HOST'),
    )
    .addOption(
      new Option(
        '--listen <address>',
        'one more address to listen on, as tcp://host:port or chat+udp://host:port; may be repeated',
      )
        .env('EARSHOT_LISTEN')
        .argParser(commaList),
    )
    .addOption(
      new Option(
        '--data <folder>',
        'folder for messages, accounts and files (default: ~/.local/share/earshot)',
      ).env('EARSHOT_DATA'),
    )
    .addOption(
      new Option(
        '--default-follow <terms>',
        "terms that new users follow if they name none; '*' is everything",
      )
        .env('EARSHOT_DEFAULT_FOLLOW')
        .default('', 'none'),
    )
    .addOption(
      new Option(
        '--chat10-charset <charset>',
        'characters sent to CHAT/1.0 clients such as nc; ascii replaces other characters by similar ones or ?',
      )
        .env('EARSHOT_CHAT10_CHARSET')
        .choices(['ascii', 'utf-8'])
        .default('ascii'),
    )
    .addOption(
      new Option('--message-rate <number>', 'rate limit of a user, in messages a second; 0 means no limit')
        .env('EARSHOT_MESSAGE_RATE')
        .argParser(wholeNumber(0, 1_000_000))
        .default(10),
    )
    .addOption(
      // At least a week: a message can be sent again safely while the log keeps its id.
      new Option('--retain <days>', 'delete messages after this many days, at least 7 (default: never)')
        .env('EARSHOT_RETAIN')
        .argParser(wholeNumber(7, 36_500)),
    )
    .addOption(
      // It takes a value, and so does the one below: otherwise EARSHOT_TLS=no would set the option too.
      new Option('--tls [answer]', 'also answer TLS, with a certificate that the server makes for itself')
        .env('EARSHOT_TLS')
        .choices(['yes', 'no'])
        .preset('yes')
        .default('no'),
    )
    .addOption(
      new Option('--tls-cert <file>', 'also answer TLS, with this certificate and its chain (PEM)').env(
        'EARSHOT_TLS_CERT',
      ),
    )
    .addOption(
      new Option('--tls-key <file>', 'the private key of that certificate (PEM)').env('EARSHOT_TLS_KEY'),
    )
    .addOption(
      new Option('--udp <answer>', 'whether to listen on the same ports over UDP, for chat+udp://')
        .env('EARSHOT_UDP')
        .choices(['yes', 'no'])
        .default('yes'),
    )
    .option('--no-udp', 'the same as --udp no')
    .option('--accept-loss', 'start even if accounts.db is missing: every account is lost')
    .addOption(
      new Option('--insecure-passwords [answer]', 'accept passwords in plain text from other machines')
        .env('EARSHOT_INSECURE_PASSWORDS')
        .choices(['yes', 'no'])
        .preset('yes')
        .default('no'),
    )
    .addOption(
      new Option('--limit <name=value>', 'change a limit that docs/operating.md lists; may be repeated')
        .env('EARSHOT_LIMIT')
        .argParser(commaList),
    )
    .addOption(
      new Option(
        '--metrics-token-file <file>',
        'file with the bearer token for GET /metrics from other machines; without one, this machine only',
      ).env('EARSHOT_METRICS_TOKEN_FILE'),
    )
    .addOption(
      new Option('--web <answer>', 'whether to answer browsers with the chat, on the same port')
        .env('EARSHOT_WEB')
        .choices(['yes', 'no'])
        .default('yes'),
    )
    .option('--no-web', 'the same as --web no')
    .addOption(
      new Option(
        '--web-origin <origin>',
        'address under which a reverse proxy shows the page, as https://chat.example.org; may be repeated',
      )
        .env('EARSHOT_WEB_ORIGIN')
        .argParser(commaList),
    )
    .addOption(
      new Option('--log-format <format>', 'how to log (default: pretty on a terminal, otherwise json)')
        .env('EARSHOT_LOG_FORMAT')
        .choices(['pretty', 'json']),
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log')
        .env('EARSHOT_LOG_LEVEL')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async (options) => {
      const { serve } = await import('../server/main.ts');
      process.exitCode = await serve(options);
    });
}
