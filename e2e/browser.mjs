// Finds a Chromium on this machine and starts it. It never downloads one.
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell', '/usr/bin/google-chrome'];

const { resolve } = createRequire(import.meta.url);

/** What this machine lacks for a walk, in words; undefined when it has everything. */
export function missing() {
  if (!['playwright-core', 'axe-core'].every(installed)) return 'playwright-core and axe-core (npm ci in e2e/)';
  if (!chromiumPath()) return 'Chromium (CANDOR_CHROMIUM, or /usr/bin/chromium)';
  return undefined;
}

function installed(name) {
  try {
    return Boolean(resolve(name));
  } catch {
    return false;
  }
}

function chromiumPath() {
  return [process.env.CANDOR_CHROMIUM, ...PLACES].find((path) => path && executable(path));
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser with a profile of its own that calls nobody but the pages under test. */
export async function launch() {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox', // tests run as root in throw-away machines, on our own pages alone
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
