// Walks every page of a running Candor, or of look's gallery.
//
//   CANDOR_E2E_DESK, CANDOR_E2E_PORTAL   base URLs; either may be missing
//   CANDOR_E2E_GALLERY                   a folder written by `cargo run -p look --example gallery -- FOLDER`
//   CANDOR_E2E_SHOTS                     a folder for screenshots
//   CANDOR_CHROMIUM                      the browser, if it is not where Debian puts it
//   CI=true                              what is missing fails instead of being skipped
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { launch, missing } from './browser.mjs';
import { crawl } from './crawl.mjs';
import { AXE_VIEWS, VIEWS, axe, look, shotPath } from './inspect.mjs';
import { serveFolder } from './serve.mjs';
import { skip } from './skip.mjs';

const gallery = process.env.CANDOR_E2E_GALLERY;
const servers = gallery ? [await serveFolder(join(gallery, 'desk')), await serveFolder(join(gallery, 'portal'))] : [];
const bases = [
  ['desk', process.env.CANDOR_E2E_DESK],
  ['portal', process.env.CANDOR_E2E_PORTAL],
  ['gallery-desk', servers[0]?.base],
  ['gallery-portal', servers[1]?.base],
].filter(([, base]) => base);

if (bases.length === 0) skip('CANDOR_E2E_DESK or CANDOR_E2E_PORTAL (base URLs), or CANDOR_E2E_GALLERY (a folder)');
else if (missing()) skip(missing());
else await walkAll();

async function walkAll() {
  const browser = await launch();
  after(() => Promise.all([browser.close(), ...servers.map((server) => server.close())]));
  for (const [face, base] of bases) {
    const { pages, dead } = await crawl(browser, base);
    test(`${face}: every link answers`, () => {
      assert.ok(pages.length > 0, `no page at ${base}`);
      assert.deepEqual(dead, []);
    });
    for (const url of pages) test(`${face}: ${url.slice(new URL(base).origin.length)}`, () => walk(browser, face, url));
  }
}

async function walk(browser, face, url) {
  const problems = [];
  for (const view of VIEWS) problems.push(...(await look(browser, url, view, shotPath(face, url, view))));
  for (const view of AXE_VIEWS) problems.push(...(await axe(browser, url, view)));
  assert.ok(problems.length === 0, `\n${problems.join('\n')}`);
}
