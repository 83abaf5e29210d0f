// Discovers the pages behind a base URL by following its links. It never posts and never leaves the origin.

/** More pages than this are a sample of the same templates. */
export const PAGE_LIMIT = 60;

/**
 * Follows same-origin links from `base`, breadth first.
 *
 * Answers `{ pages, dead }`: the URLs that answered with HTML, and a line for each link that answered with an error.
 * Links that differ only in the values of their query are one page; documents that are not HTML are only asked for.
 */
export async function crawl(browser, base, limit = PAGE_LIMIT) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const queue = [{ url: new URL(base).href, from: 'the base URL' }];
  const seen = new Set(queue.map(({ url }) => sameness(url)));
  const pages = [];
  const dead = [];
  while (queue.length > 0 && pages.length < limit) {
    const { url, from } = queue.shift();
    const answer = await context.request.get(url);
    if (!answer.ok()) {
      dead.push(`${answer.status()} ${url}, linked from ${from}`);
      continue;
    }
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue;
    pages.push(url);
    await page.goto(url);
    const links = await page.$$eval('a[href]:not([download])', (found) => found.map((a) => a.href));
    for (const link of links) {
      const target = new URL(link);
      target.hash = '';
      if (target.origin !== new URL(base).origin || seen.has(sameness(target.href))) continue;
      seen.add(sameness(target.href));
      queue.push({ url: target.href, from: url });
    }
  }
  await context.close();
  return { pages, dead };
}

/** A page's identity: its path and which parameters it takes, `/` being the same as `/index.html`. */
function sameness(url) {
  const { pathname, searchParams } = new URL(url);
  return `${pathname.replace(/\/index\.html$/, '/')}?${[...new Set(searchParams.keys())].sort()}`;
}
