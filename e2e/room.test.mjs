// Reports by form and comes back to the room, as a reporter does: with scripts on and off, by keyboard alone, in every view, and by passphrase.
// It posts, so it wants a Candor whose cases nobody needs: `candor demo`.
//
//   CANDOR_E2E_PORTAL   base URL of `candor demo`; without it nothing is walked
//   CANDOR_E2E_SHOTS    a folder for screenshots
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, missing } from './browser.mjs';
import { AXE_VIEWS, VIEWS, axe, look, shotPath } from './inspect.mjs';
import { skip } from './skip.mjs';

const base = process.env.CANDOR_E2E_PORTAL?.replace(/\/?$/, '/');
const PHRASE = 'four words of my own';
const NARROW = { name: 'narrow', viewport: { width: 320, height: 720 }, colorScheme: 'light', javaScriptEnabled: false };

if (!base) skip('CANDOR_E2E_PORTAL (base URL)');
else if (missing()) skip(missing());
else describe('the form and the room', suite);

function suite() {
  let browser;
  let room;
  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  /** Looks at the page where it is, as it is, and not at what another visit would give. */
  async function shot(page, name) {
    const folder = process.env.CANDOR_E2E_SHOTS;
    if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  async function sound(url, name) {
    const problems = [];
    for (const view of [...VIEWS, NARROW]) problems.push(...(await look(browser, url, view, shotPath(name, base, view))));
    for (const view of AXE_VIEWS) problems.push(...(await axe(browser, url, view)));
    assert.deepEqual(problems, []);
  }

  test('the form is sound in every view', () => sound(`${base}report`, 'form'));

  for (const javaScriptEnabled of [true, false]) {
    const on = `scripts ${javaScriptEnabled ? 'on' : 'off'}`;

    test(`somebody reports, comes back and talks, ${on}`, async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      const secrets = [];
      page.on('request', (request) => {
        const { referer } = request.headers();
        if (referer) secrets.push(referer);
      });
      await page.goto(`${base}report/`);
      await page.click('a:has-text("the form")');
      await page.fill('[name=title]', 'Crash on a long name');
      await page.fill('[name=mail]', 'nobody');
      await page.click('button:has-text("Send the report")');
      assert.match(await page.textContent('main'), /Say what you found[\s\S]*no mail address/);
      assert.equal(await page.inputValue('[name=title]'), 'Crash on a long name', 'what was typed stays');
      await shot(page, `form-refused-${javaScriptEnabled}`);
      await page.fill('[name=text]', 'Send a name of 300 characters.');
      await page.fill('[name=mail]', '');
      await page.setInputFiles('[name=files]', { name: 'poc.txt', mimeType: 'text/plain', buffer: Buffer.alloc(1 << 20, 'x') });
      await page.click('button:has-text("Send the report")');
      assert.match(await page.textContent('h1'), /Your report is here/);
      const number = await page.textContent('.standfirst .number');
      assert.match(number, /^[A-Z0-9]+-\d{4}-[0-9A-Z]{5}$/);
      assert.match(await page.textContent('main'), /poc\.txt\s+1\.0 MB/);
      await shot(page, `taken-${javaScriptEnabled}`);
      room = await page.getAttribute('.keep a.button', 'href');
      await page.click('a:has-text("Open your room")');
      assert.equal(page.url(), room);
      assert.match(await page.textContent('main'), new RegExp(`${number}[\\s\\S]*Nobody has looked`));
      await page.fill('#message', 'Is there news?');
      await page.click('button:text-is("Send")');
      assert.match(await page.textContent('.notice'), /Your message is with the team/);
      assert.match(await page.textContent('.talk'), /Is there news\?/);
      await page.check('[name=credit][value=yes]', { force: true });
      await page.fill('[name=name]', 'A visitor');
      await page.click('button:has-text("Keep this wish")');
      assert.equal(await page.inputValue('[name=name]'), 'A visitor');
      await page.setInputFiles('#file', { name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('log') });
      await page.click('button:has-text("Send the files")');
      assert.match(await page.textContent('.notice'), /log\.txt/);
      assert.deepEqual(secrets, [], 'no request says where it came from');
      await page.close();
    });
  }

  test('the room is sound in every view', () => sound(room, 'room'));

  test('a passphrase opens the room at its address, by keyboard alone', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(`${base}report`);
    await page.focus('[name=text]');
    await page.keyboard.type('Something');
    await page.focus('[name=passphrase]');
    await page.keyboard.type(PHRASE);
    for (let i = 0; i < 3 && !(await page.locator('button:focus').count()); i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.keep');
    const number = await page.textContent('.standfirst .number');
    const key = await page.getAttribute('.keep a.button', 'href');
    const door = await page.textContent('.keep .secret >> nth=1');
    await sound(door, 'door');
    await page.goto(door);
    await page.focus('[name=number]');
    await page.keyboard.type(number);
    await page.keyboard.press('Tab');
    await page.keyboard.type('another phrase of mine');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.notice.refused');
    assert.equal(await page.inputValue('[name=number]'), number);
    await page.focus('[name=passphrase]');
    await page.keyboard.type(PHRASE);
    await page.keyboard.press('Enter');
    await page.waitForURL(key);
    await page.close();
  });

  test('somebody erases themselves, and the room is gone', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(room);
    await page.click('a:has-text("erase your identity")');
    assert.match(await page.textContent('main'), /The room closes/);
    await sound(page.url(), 'erase');
    await page.click('button:has-text("Erase my identity")');
    assert.match(await page.textContent('h1'), /You are erased/);
    await shot(page, 'erased');
    // What was there is not told from what never was.
    const never = await page.goto(new URL('/r/never-was', room).href);
    const nothing = [never.status(), await page.textContent('body')];
    const gone = await page.goto(room);
    assert.deepEqual([gone.status(), await page.textContent('body')], nothing);
    assert.equal(gone.status(), 404);
    assert.match(await page.textContent('h1'), /nothing/i);
    await page.close();
  });
}
