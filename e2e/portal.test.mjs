// Walks the portal as a customer does: lists, search, "am I affected?", what is not affected, the policy. With scripts on and off, by keyboard alone,
// on a narrow window, and on paper.
//
//   CANDOR_E2E_PORTAL   base URL of `candor demo`; without it nothing is walked
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, missing } from './browser.mjs';
import { AXE_VIEWS, VIEWS, axe, look, shotPath } from './inspect.mjs';
import { skip } from './skip.mjs';

const base = process.env.CANDOR_E2E_PORTAL?.replace(/\/?$/, '/');
const NARROW = { name: 'narrow', viewport: { width: 320, height: 720 }, colorScheme: 'light', javaScriptEnabled: false };
const PAGES = [
  '',
  'search',
  'search?q=authentication',
  'search?q=nothing+like+it&product=Router+6',
  'affected',
  'affected?product=Router+6&version=6.2',
  'affected?product=Router+6&version=6.3',
  'affected?product=Router+6&version=latest',
  'affected?product=Something+else&version=1',
  'vex/index.html',
  'list/product/router-6/index.html',
  'policy/index.html',
  'policy/history.html',
];

if (!base) skip('CANDOR_E2E_PORTAL (base URL)');
else if (missing()) skip(missing());
else describe('the portal', suite);

function suite() {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  for (const path of PAGES) {
    test(`/${path} is sound in every view`, async () => {
      const url = base + path;
      const problems = [];
      for (const view of [...VIEWS, NARROW]) problems.push(...(await look(browser, url, view, shotPath('portal', url, view))));
      for (const view of AXE_VIEWS) problems.push(...(await axe(browser, url, view)));
      assert.deepEqual(problems, []);
    });
  }

  for (const javaScriptEnabled of [true, false]) {
    const on = `scripts ${javaScriptEnabled ? 'on' : 'off'}`;

    test(`somebody searches, narrows and takes a filter away, ${on}`, async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(base);
      await page.fill('input[name="q"]', 'management');
      await page.click('button:has-text("Search")');
      assert.equal(new URL(page.url()).pathname, '/search');
      const found = await page.locator('.advisories > li').count();
      assert.ok(found > 0, 'a word of the demonstration is found');
      await page.fill('input[name="version"]', '6.3');
      await page.click('button:has-text("Search")');
      assert.match(await page.textContent('main'), /Nothing found/, 'the fixed version is no concern of the advisory');
      await page.click('a.narrowed:has-text("version 6.3")');
      assert.equal(await page.locator('.advisories > li').count(), found);
      await page.close();
    });

    test(`somebody asks whether a version is affected, ${on}`, async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      const answer = async (product, version) => {
        await page.goto(`${base}affected`);
        await page.selectOption('select[name="product"]', product);
        await page.fill('input[name="version"]', version);
        await page.click('button:has-text("Check")');
        return [await page.getAttribute('.answer', 'class'), await page.textContent('.answer')];
      };
      const [bad, words] = await answer('Router 6', '6.2');
      assert.equal(bad, 'answer bad');
      assert.match(words, /Yes: version 6\.2 of Router 6 is affected/);
      assert.ok((await page.locator('.excluded dt').count()) > 0, 'it says what to do');
      const [unknown] = await answer('Router 6', 'latest');
      assert.equal(unknown, 'answer none');
      await page.close();
    });
  }

  test('everything is reached by keyboard', async () => {
    const page = await browser.newPage();
    await page.goto(`${base}affected`);
    await page.focus('select[name="product"]');
    await page.keyboard.type('Router 6');
    await page.keyboard.press('Tab');
    await page.keyboard.type('6.2');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.answer');
    const reached = [];
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => document.activeElement?.getAttribute('href') ?? ''));
    }
    assert.ok(reached.some((href) => href.startsWith('advisories/')), reached.join(' '));
    await page.goto(base);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const focus = await page.evaluate(() => location.hash);
    assert.equal(focus, '#main');
    await page.close();
  });

  test('paper holds no form and no navigation', async () => {
    const page = await browser.newPage();
    for (const path of ['', 'search?q=management', 'policy/index.html']) {
      await page.goto(base + path);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('form:visible, .masthead nav:visible, .facets:visible').count(), 0, path);
    }
    await page.close();
  });
}
