// Proves that the walk sees what it should: pages that are wrong on purpose, each with the problem that must be found.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, missing } from './browser.mjs';
import { crawl } from './crawl.mjs';
import { VIEWS, axe, look } from './inspect.mjs';
import { serve } from './serve.mjs';
import { skip } from './skip.mjs';

const [DESKTOP_LIGHT, , PHONE_LIGHT] = VIEWS;
const SOUND =
  '<!doctype html><html lang="en"><head><title>Sound</title><link rel="stylesheet" href="/sheet.css"></head><body><a href="#main">Skip</a>' +
  '<main id="main"><h1>Sound</h1>BODY</main></body></html>';
const PAGES = {
  '/index.html': '<p><a href="/second.html">second</a> <a href="/gone.html">gone</a> <a href="/notes.txt">notes</a> <a href="http://other.invalid/">other</a></p>',
  '/second.html': '<p><a href="/second.html?page=1">again</a> <a href="/second.html?page=2">and again</a></p>',
  '/inline-style.html': '<p style="color: red">red</p>',
  '/inline-script.html': '<script>document.title = "changed"</script>',
  '/image.html': '<img src="http://other.invalid/x.png" alt="">',
  '/wide.html': '<div class="wide">wide</div>',
  '/two-headings.html': '<h1>Two</h1>',
  '/no-label.html': '<input type="text">',
  '/pale.html': '<p class="pale">pale</p>',
};

if (missing()) skip(missing());
else describe('the walk', suite);

function suite() {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await serve((path) => {
      if (path === '/sheet.css') return 'body { font-family: sans-serif; background: #fff } .wide { inline-size: 600px } .pale { color: #ccc }';
      if (path === '/notes.txt') return 'no page';
      return PAGES[path] && SOUND.replace('BODY', PAGES[path]);
    });
  });
  after(() => Promise.all([browser.close(), server.close()]));

  test('follows links of the same origin once, and tells dead ones', async () => {
    const { pages, dead } = await crawl(browser, server.base);
    assert.deepEqual(pages.map((url) => new URL(url).pathname + new URL(url).search), ['/', '/second.html', '/second.html?page=1']);
    assert.equal(dead.length, 1);
    assert.match(dead[0], /^404 .*gone\.html, linked from/);
  });

  for (const [path, view, expected] of [
    ['second.html', DESKTOP_LIGHT, null],
    ['inline-style.html', DESKTOP_LIGHT, /console: .*style/i],
    ['inline-script.html', DESKTOP_LIGHT, /console: .*script/i],
    ['image.html', DESKTOP_LIGHT, /console: .*img-src/i],
    ['wide.html', DESKTOP_LIGHT, null],
    ['wide.html', PHONE_LIGHT, /scrolls sideways by \d+ px, first at <div class="wide">/],
    ['two-headings.html', PHONE_LIGHT, /has 2 <h1>/],
    ['missing.html', PHONE_LIGHT, /404/],
  ]) {
    test(`looks at ${path} on ${view.name}`, async () => check(await look(browser, server.base + path, view), expected));
  }

  for (const [path, expected] of [
    ['second.html', null],
    ['no-label.html', /axe label/],
    ['pale.html', /axe color-contrast/],
  ]) {
    test(`runs axe on ${path}`, async () => check(await axe(browser, server.base + path, DESKTOP_LIGHT), expected));
  }
}

function check(problems, expected) {
  if (expected === null) assert.deepEqual(problems, []);
  else assert.match(problems.join('\n'), expected);
}
