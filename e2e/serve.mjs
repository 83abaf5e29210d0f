// A small server for a folder of pages, with the same security headers as Candor's own. For tests on loopback only.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

/** The policy of every page, word for word as the product sends it. */
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

/** Serves `answer(path)`, a text or undefined, on a free port; answers `{ base, close }`. */
export async function serve(answer) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    const body = await answer(path);
    const headers = {
      'content-security-policy': CSP,
      'x-content-type-options': 'nosniff',
      'content-type': TYPES[extname(path)] ?? 'text/plain; charset=utf-8',
    };
    response.writeHead(body === undefined ? 404 : 200, headers).end(body ?? 'not found');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { base: `http://127.0.0.1:${server.address().port}/`, close };
}

/** Serves the files of `folder`. */
export function serveFolder(folder) {
  const root = normalize(folder + sep);
  return serve(async (path) => {
    const file = normalize(join(root, decodeURIComponent(path)));
    return file.startsWith(root) ? readFile(file).catch(() => undefined) : undefined;
  });
}
