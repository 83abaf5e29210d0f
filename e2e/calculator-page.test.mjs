// The calculator as people use it: by keyboard alone, with scripts and without, and with the same answer either way.
//
//   CANDOR_E2E_DESK, CANDOR_E2E_PORTAL   base URLs of a running Candor; either may be missing
//   CANDOR_E2E_SHOTS                     a folder for screenshots
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { launch, missing } from './browser.mjs';
import { AXE_VIEWS, VIEWS, axe, look, shotPath } from './inspect.mjs';
import { skip } from './skip.mjs';

const V31 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O';
const V40 = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P/S:P';

/** What is chosen in turn, by metric; the last one takes a choice back. */
const CHOICES = {
  [V31]: ['MAV:L', 'CR:H', 'AR:L', 'MS:C', 'MUI:R', 'MAV:X'],
  [V40]: ['MAV:A', 'MSI:S', 'CR:L', 'MVC:N', 'MAV:X'],
};

const bases = [
  ['desk', process.env.CANDOR_E2E_DESK],
  ['portal', process.env.CANDOR_E2E_PORTAL],
].filter(([, base]) => base);

if (bases.length === 0) skip('CANDOR_E2E_DESK or CANDOR_E2E_PORTAL (base URLs)');
else if (missing()) skip(missing());
else await all();

async function all() {
  const browser = await launch();
  after(() => browser.close());
  const served = [];
  for (const [face, base] of bases) {
    const address = (query) => new URL(`calculator${query}`, base).href;
    const context = await browser.newContext();
    const answer = await context.request.get(address(`?from=${V31}`));
    await context.close();
    if (answer.ok()) served.push([face, address]);
    else console.log(`${face}: no calculator is served (${answer.status()})`);
  }
  assert.ok(served.length > 0, 'no calculator is served anywhere');
  for (const [face, address] of served) {
    for (const vector of [V31, V40]) {
      const version = vector.slice(5, 8);
      test(`${face} ${version}: script and server say the same`, () => agree(browser, address, vector));
      test(`${face} ${version}: looked at`, () => seen(browser, face, address(`?from=${vector}&at=${CHOICES[vector].slice(0, 4).join('/')}`)));
    }
    test(`${face}: paper says what was chosen`, () => printed(browser, address));
    test(`${face}: without scripts, by keyboard`, () => plain(browser, address));
    test(`${face}: with scripts, by keyboard, and nothing is sent`, () => live(browser, address));
    test(`${face}: a vector is asked for`, () => seen(browser, face, address('')));
  }
}

/** Every question stands on paper with the one answer that was chosen, and nothing to press. */
async function printed(browser, address) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(address(`?from=${V31}&MAV=L&CR=H`));
  const asked = await page.locator('fieldset.ask').count();
  await page.emulateMedia({ media: 'print' });
  assert.ok(asked > 5);
  assert.equal(await page.locator('fieldset.ask legend:visible').count(), asked);
  assert.equal(await page.locator('.choice label:visible').count(), asked);
  assert.equal(await page.locator('.choice label:visible:has(:checked)').count(), asked);
  for (const metric of ['MAV', 'CR']) {
    const chosen = page.locator(`fieldset[data-metric="${metric}"] .choice label:visible`);
    assert.equal(await chosen.locator('input').getAttribute('value'), { MAV: 'L', CR: 'H' }[metric]);
  }
  assert.equal(await page.locator('button:visible, a.button:visible').count(), 0);
  await context.close();
}

/** Everything that the answer says, as lines of text. */
function said() {
  const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);
  const answer = document.querySelector('.answer');
  return lines([...answer.querySelectorAll('.overall, .reasons')].map((part) => part.innerText).join('\n'));
}

async function agree(browser, address, vector) {
  const scripted = await browser.newPage();
  const plain = await browser.newPage({ javaScriptEnabled: false });
  try {
    await scripted.goto(address(`?from=${vector}`));
    const chosen = new Map();
    for (const choice of CHOICES[vector]) {
      const [metric, value] = choice.split(':');
      chosen.set(metric, value);
      await scripted.locator(`input[name=${metric}][value=${value}]`).check({ force: true });
      const at = [...chosen].map((pair) => pair.join(':')).join('/');
      await plain.goto(address(`?from=${vector}&at=${at}`));
      assert.deepEqual(await scripted.evaluate(said), await plain.evaluate(said), at);
    }
    // The address that the script keeps is the same score again, and so is what a link without a script says.
    const again = await browser.newPage();
    await again.goto(scripted.url());
    assert.deepEqual(await again.evaluate(said), await scripted.evaluate(said), scripted.url());
    await again.close();
  } finally {
    await scripted.close();
    await plain.close();
  }
}

async function plain(browser, address) {
  const page = await browser.newPage({ javaScriptEnabled: false });
  try {
    await page.goto(address(`?from=${V31}`));
    await page.locator('input[name=MAV]:checked').focus();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight');
    await page.locator('button:has-text("Calculate")').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/MAV=L/);
    const lines = await page.evaluate(said);
    assert.ok(lines.some((line) => line.startsWith('Modified Attack Vector: Local lowers it by')), lines.join('\n'));
    await page.locator('[data-link]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/at=MAV:L$/);
    assert.deepEqual(await page.evaluate(said), lines);
  } finally {
    await page.close();
  }
}

async function live(browser, address) {
  const page = await browser.newPage();
  try {
    await page.goto(address(`?from=${V40}`), { waitUntil: 'networkidle' });
    const asked = [];
    // The browser asks for the icon again when the address changes; the icon's address says nothing.
    page.on('request', (request) => request.url().endsWith('.svg') || asked.push(request.url()));
    const before = await page.evaluate(said);
    await page.locator('input[name=CR]:checked').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.notDeepEqual(await page.evaluate(said), before);
    assert.match(page.url(), /#CR:M$/);
    assert.equal(await page.locator('[data-calculate]').isVisible(), false);
    assert.deepEqual(asked, []);
  } finally {
    await page.close();
  }
}

async function seen(browser, face, url) {
  const problems = [];
  for (const view of VIEWS) problems.push(...(await look(browser, url, view, shotPath(face, url, view))));
  for (const view of AXE_VIEWS) problems.push(...(await axe(browser, url, view)));
  assert.ok(problems.length === 0, `\n${problems.join('\n')}`);
}
