/// <reference lib="webworker" />

/** Keeps the page for when there is no connection. The version is that of the page: a new one fetches all anew. */
const version = 'VERSION';
const cacheName = `earshot ${version}`;
const files = ['/', '/app.js', '/app.css', '/icon.svg', '/app.webmanifest'];

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

/** The network first, so that a page is never older than its server; what was kept when there is none. */
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (!files.includes(url.pathname)) return;
  const kept = async (): Promise<Response> =>
    (await caches.match(url.pathname, { cacheName })) ?? Response.error();
  event.respondWith(fetch(event.request).catch(kept));
});
