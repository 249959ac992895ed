import assert from 'node:assert/strict';
import { ByteQueue } from '../src/protocol/byte-queue.ts';
import * as chat10Lines from '../src/protocol/chat10/event.ts';
import * as chat10 from '../src/protocol/chat10/request.ts';
import { formatEvent, parseEvent, serverSide } from '../src/protocol/chat11/event.ts';
import { Malformed, type Parcel } from '../src/protocol/chat11/parcel.ts';
import {
  limitsAfterLogin,
  limitsOfServer,
  ParcelReader,
  type ReaderLimits,
  type Side,
} from '../src/protocol/chat11/parcel-reader.ts';
import { formatRequest, parseRequest, requestKinds, requestSide } from '../src/protocol/chat11/request.ts';
import { type AnsweredKind, parseResponse } from '../src/protocol/chat11/response.ts';
import { joinCommands, serverCommands } from '../src/protocol/commands/command-table.ts';
import { formatTermList, parseTermList } from '../src/protocol/commands/term-list.ts';
import { parseTyped } from '../src/protocol/commands/typed.ts';
import { wireLimits } from '../src/protocol/limits.ts';
import { matchesIn } from '../src/protocol/matches.ts';
import { isUserName } from '../src/protocol/names.ts';
import { textCarries } from '../src/protocol/phrases.ts';
import { stripTelnet, TelnetAnswers } from '../src/protocol/telnet.ts';
import { keyOfTerm, termProblem } from '../src/protocol/terms.ts';
import { countCharacters } from '../src/protocol/text.ts';
import * as verbsLines from '../src/protocol/verbs/event.ts';
import * as verbs from '../src/protocol/verbs/request.ts';
import { wordsOf } from '../src/protocol/words.ts';
import { KeyDecoder } from '../src/terminal/editor/keys.ts';
import { visible } from '../src/terminal/text.ts';
import { formatChatAddress, parseChatAddress } from '../src/transport/address.ts';
import { linesOf, type Target } from './target.ts';

const limits = { followTerms: 1_000 };

const chat10Requests: Target = {
  name: 'chat10-requests',
  samples: [
    'REGISTER alice CHAT/1.0\nFollow: apple, pie\nPassword: correct horse\n\n',
    'alice: @bob: hello\n!follow apple\n!unfollow apple\n!follow?\n!list\n!attach cake.txt apple @bob\n!msg bob hi there\n!exit\n!!text\n',
    'ATTACH cake.txt CHAT/1.0\nContent-Length: 4\nDISCONNECT alice CHAT/1.0\nREGESTER alice CHAT/1.0',
  ],
  run(input) {
    for (const line of linesOf(input)) {
      for (const opening of [chat10.parseOpening(line), chat10.parseRawOpening(line)]) {
        if (opening.kind === 'register')
          assert.ok(isUserName(opening.name), 'registers a name that nobody can have');
      }
      assert.ok(
        chat10.isRawOpening(line) || chat10.parseRawOpening(line).kind === 'invalid',
        'a valid registration without a line end has to wait',
      );
      const request = chat10.parseRequest(line, 'alice', limits);
      if (request.kind === 'text') {
        assert.ok(countCharacters(request.text) <= wireLimits.textCharacters, 'a text is too long');
        assert.notEqual(request.text.trim(), '', 'a text is blank');
      }
      chat10.parseHeader(line);
      chat10.beginsHeaderBlock(line);
      const length = chat10.parseContentLength(line);
      assert.ok(
        length === undefined || (Number.isSafeInteger(length) && length >= -1),
        'a length is no number',
      );
    }
  },
};

const chat10Server: Target = {
  name: 'chat10-lines',
  samples: [
    '200 Registration successful\n401 Client already registered\nDISCONNECT CHAT/1.0\n@alice: hello\n@alice: (private) hi\n',
    'ATTACH cake.txt CHAT/1.0\nIncoming file: cake.txt\nOrigin: alice\nContent-Length: 1048576\n',
    'Now following apple\nNo longer following apple\nalice, bob\nError:  Was not following apple\n',
  ],
  run(input) {
    for (const line of linesOf(input)) {
      chat10Lines.parseRegistrationAnswer(line);
      chat10Lines.parseServerLine(line);
      chat10Lines.parseAttachmentHeader(line);
    }
  },
};

const chat11Samples = [
  'REGISTER alice CHAT/1.1\nPassword: correct horse\nFollow: apple, "pie"\n\nSEND CHAT/1.1\nId: 1\nContent-Length: 5\n\nhello',
  'LOGIN alice CHAT/1.1\nToken: t1\nSince: 12\nEpoch: 0123456789abcdef\n\nFOLLOW apple CHAT/1.1\n\nLIST CHAT/1.1\n\nPING CHAT/1.1\n\n',
  'ATTACH cake.txt CHAT/1.1\nContent-Length: 6\nSize: 12\nSha256: 00\nId: 2\n\napple\nDATA CHAT/1.1\nUpload: 1\nOffset: 0\nContent-Length: 4\n\n\0\x01\x02\x03',
  `REGISTER alice CHAT/1.1\nFollow:${'a,'.repeat(4_000)}\n\n`,
];

const chat11Requests: Target = {
  name: 'chat11-requests',
  samples: chat11Samples,
  run(input) {
    for (const parcel of sameInPieces(input, requestSide, limitsAfterLogin)) {
      const request = parseRequest(parcel);
      if (request instanceof Malformed) continue;
      const written = formatRequest(request);
      // With a space behind each comma, a list of terms may be too long for its reader.
      if (written.length - parcel.body.length > limitsAfterLogin.blockBytes) continue;
      const [again, ...others] = parcelsOf([written], requestSide, limitsAfterLogin);
      assert.ok(
        again !== undefined && !(again instanceof Malformed) && others.length === 0,
        'is written as something else',
      );
      assert.deepEqual(parseRequest(again), request, 'is read otherwise after it is written');
    }
  },
};

const chat11Server: Target = {
  name: 'chat11-events',
  samples: [
    'CHAT/1.1 200 OK\nToken: t1\nEpoch: 0123456789abcdef\nPosition: 7\n\nMESSAGE alice CHAT/1.1\nPosition: 8\nTime: 2026-01-02T03:04:05.678Z\nMatched: apple\nContent-Length: 5\n\napple',
    'CHAT/1.1 429 Slow down\nRetry-After: 3\n\nDISCONNECT CHAT/1.1\nRetry: yes\n\nCAUGHT-UP CHAT/1.1\nPosition: 9\n\nNOTICE CHAT/1.1\nContent-Length: 3\n\nabc',
    'ATTACHMENT alice CHAT/1.1\nPosition: 8\nName: cake.txt\nSize: 12\nAttachment: 1\n\nGAP CHAT/1.1\nFrom: 1\nThrough: 9\n\n',
  ],
  run(input) {
    const kinds = requestKinds.filter((kind): kind is AnsweredKind => kind !== 'data');
    for (const parcel of sameInPieces(input, serverSide, limitsOfServer)) {
      for (const kind of kinds) parseResponse(kind, parcel);
      const event = parseEvent(parcel);
      if (event instanceof Malformed) continue;
      const [again] = parcelsOf([formatEvent(event)], serverSide, limitsOfServer);
      assert.ok(again !== undefined && !(again instanceof Malformed), 'is written as something else');
      assert.deepEqual(parseEvent(again), event, 'is read otherwise after it is written');
    }
  },
};

/** The parcels in `input`, which must be the same however the network cuts it. */
function sameInPieces(input: Uint8Array, side: Side, readerLimits: ReaderLimits): Parcel[] {
  const whole = parcelsOf([input], side, readerLimits);
  const [first = 1, second = 2] = input;
  const sizes = [1 + (first % 7), 1 + (second % 97)];
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < input.length; i++) {
    const size = sizes[i % 2] ?? 1;
    pieces.push(input.subarray(at, at + size));
    at += size;
  }
  assert.deepEqual(parcelsOf(pieces, side, readerLimits), whole, 'is read otherwise in pieces');
  return whole.flatMap((one) => (one instanceof Malformed ? [] : [one]));
}

function parcelsOf(
  pieces: readonly Uint8Array[],
  side: Side,
  readerLimits: ReaderLimits,
): (Parcel | Malformed)[] {
  const queue = new ByteQueue();
  const reader = new ParcelReader(queue, side, readerLimits);
  const found: (Parcel | Malformed)[] = [];
  for (const piece of pieces) {
    queue.push(piece);
    for (let one = reader.take(); one !== undefined; one = reader.take()) {
      found.push(one);
      if (one instanceof Malformed && one.isFatal) return found;
    }
  }
  return found;
}

const verbsBothWays: Target = {
  name: 'verbs',
  samples: [
    'login alice\nlist\nsendto bob hello there\nlogout\nexit\n',
    'RESPONSE ok\nLIST alice bob\nSENDTO alice hello\nRESPONSE malformed\n',
  ],
  run(input) {
    for (const line of linesOf(input)) {
      verbsLines.parseServerLine(line);
      const request = verbs.parseRequest(line);
      if (request.kind === 'malformed') continue;
      assert.ok(verbs.beginsWithVerb(line), 'is a request, and chooses no protocol');
      assert.deepEqual(
        verbs.parseRequest(verbs.formatRequest(request)),
        request,
        'is read otherwise after it is written',
      );
    }
  },
};

const telnet: Target = {
  name: 'telnet',
  samples: [
    Uint8Array.of(255, 253, 3, 255, 251, 24, 255, 250, 24, 1, 255, 240, 104, 105),
    Uint8Array.of(255, 244, 255, 253, 6, 255, 255, 104),
  ],
  run(input) {
    assert.ok(stripTelnet(input).length <= input.length);
    const answers = new TelnetAnswers();
    let bytes = 0;
    for (let end = 1; end <= Math.min(input.length, 512); end++)
      bytes += answers.answer(input.subarray(0, end))?.length ?? 0;
    assert.ok(bytes <= 3 * 2 * 256 + 3 * input.length, 'answers more than came');
  },
};

const words: Target = {
  name: 'words',
  samples: [
    '*Apple* pie, #apple/pear https://apple.com 👍apple it’s a well-known 東京タワー สวัสดีชาวโลก',
    'ﬁﬀ ½ ǆ İ ß e\u0301\u0301 \u202eabc\u202c "apple pie" @bob: @all',
  ],
  run(input) {
    const text = Buffer.from(input).toString();
    const found = wordsOf(text);
    const terms = [...found].slice(0, 8).filter((word) => termProblem(word) === undefined);
    for (const { start, end } of matchesIn(text, terms)) {
      assert.ok(start >= 0 && start < end && end <= text.length, 'a match lies outside of the text');
    }
    const phrase = `"${terms.slice(0, 2).join(' ')}"`;
    if (termProblem(phrase) === undefined) {
      const isMarked = matchesIn(text, [phrase]).length > 0;
      assert.equal(
        isMarked,
        textCarries(text, keyOfTerm(phrase)),
        'a phrase is carried and not marked, or the reverse',
      );
    }
    assert.doesNotMatch(
      visible(text),
      /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u,
    );
  },
};

const commands: Target = {
  name: 'commands',
  samples: [
    '!follow apple "apple pie"\n!attach "my cake.txt" apple\n!msg bob hi\n!mute apple 2h\n!search apple\n!set bell off\n!fetch 3 as x\n!history 50\n',
    '!send @bob my cake.txt\n!devices revoke 2\n!cancel x\n!unmute apple\n!help send\n!search apple more\n!history more\n',
    'apple, pie, "a b", @bob, *',
  ],
  run(input) {
    for (const line of linesOf(input)) {
      parseTyped(line, joinCommands, limits);
      parseTyped(line, serverCommands, limits);
      const terms = parseTermList(line);
      if (terms.every((term) => termProblem(term) === undefined)) {
        assert.deepEqual(
          parseTermList(formatTermList(terms)),
          terms,
          'a list of terms is read otherwise after it is written',
        );
      }
    }
  },
};

const addresses: Target = {
  name: 'addresses',
  samples: [
    'chat://127.0.0.1:4711\nchats://[::1]:4711#sha256=00\nchat.example:4711\ntcp://0.0.0.0:0\nlocalhost\n4711',
    `chats://[::1]:4711#sha256=${'0f'.repeat(32)}\nchat+udp://host:1#sha256=${'A9'.repeat(32)}`,
  ],
  run(input) {
    for (const line of linesOf(input)) {
      const parsed = parseChatAddress(line);
      if (!parsed.ok) continue;
      const { keySha256 } = parsed.address;
      // `formatChatAddress` leaves the fingerprint out; the server appends it.
      const fragment = keySha256 === undefined ? '' : `#sha256=${keySha256}`;
      const again = parseChatAddress(`${formatChatAddress(parsed.address)}${fragment}`);
      assert.deepEqual(again, parsed, 'an address is read otherwise after it is written');
    }
  },
};

const keys: Target = {
  name: 'keys',
  samples: ['hello\r\x1b[A\x1b[1;5D\x1bOP\x1b[200~pasted\nlines\x1b[201~\x1b[I\x1b[27;5;9~\x17\x19\x03'],
  run(input) {
    const text = Buffer.from(input).toString();
    const decoder = new KeyDecoder();
    // A pause after every fifth piece; long sequences and pastes stay whole only without.
    const withPauses = new KeyDecoder();
    for (let at = 0; at < text.length; at += 7) {
      const piece = text.slice(at, at + 7);
      decoder.feed(piece);
      withPauses.feed(piece);
      if (at % (5 * 7) !== 0) continue;
      withPauses.flush();
      assert.equal(withPauses.waitsFor, undefined, 'something waits after a flush');
    }
  },
};

export const parsers: readonly Target[] = [
  ...[chat10Requests, chat10Server, chat11Requests, chat11Server, verbsBothWays],
  ...[telnet, words, commands, addresses, keys],
];
