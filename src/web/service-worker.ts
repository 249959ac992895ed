/// <reference lib="webworker" />

/** Keeps the page for when there is no connection. The version is that of the page: a new one fetches all anew. */
const version = 'VERSION';
const cacheName = `earshot ${version}`;
const files = ['/', '/app.js', '/app.css', '/icon.svg', '/icon-unread.svg', '/app.webmanifest'];
/** How long the network may take before the kept file is good enough. */
const patienceMs = 4_000;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener('activate', (event) => {
  const forget = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(forget());
});

/** The network first, so that a page is never older than its server; what was kept when there is none, or it is slow. */
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (!files.includes(url.pathname)) return;
  const answer = async (): Promise<Response> => {
    const fresh = fetch(event.request);
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patienceMs));
    const first = await Promise.race([fresh, late]).catch(() => undefined);
    if (first !== undefined) return first;
    const kept = await caches.match(url.pathname, { cacheName });
    return kept ?? fresh.catch(() => Response.error());
  };
  event.respondWith(answer());
});

/** A click on a notification leads to the page that is open, or opens one. */
worker.addEventListener('notificationclick', (event) => {
  const { notification } = event;
  const address = typeof notification.data === 'string' ? notification.data : '/';
  notification.close();
  const open = async (): Promise<void> => {
    const [page] = await worker.clients.matchAll({ type: 'window' });
    if (page === undefined) await worker.clients.openWindow(address);
    else {
      await page.focus();
      page.postMessage(address);
    }
  };
  event.waitUntil(open());
});
