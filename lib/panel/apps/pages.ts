import type { H3Event } from 'h3'

/** An answer for whoever asked: a page for people, a line for programs. Says nothing of what is wrong inside. */
export interface Page {
  type: string
  body: string
}

const page = (event: H3Event, title: string, text: string): Page =>
  event.req.headers.get('accept')?.includes('text/html')
    ? { type: 'text/html; charset=utf-8', body: html(title, text) }
    : { type: 'text/plain; charset=utf-8', body: `${title}. ${text}\n` }

export const wakingPage = (event: H3Event): Page =>
  page(event, 'Just a moment', 'This site was asleep and is starting. This page reloads by itself.')
export const stoppedPage = (event: H3Event): Page =>
  page(event, 'This site is not running', 'Its owner has stopped it, or not started it yet.')
export const failingPage = (event: H3Event): Page =>
  page(
    event,
    'This site does not answer',
    'Its app did not start or ended. Its owner can see why; try again in a minute.',
  )

const html = (title: string, text: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.6 system-ui, sans-serif;
  color: light-dark(#1e293b, #e2e8f0); background: light-dark(#f8fafc, #0f172a) }
main { max-width: 34rem; padding: 2rem }
h1 { font-size: 1.5rem }
p { color: light-dark(#475569, #94a3b8) }
</style>
</head>
<body>
<main role="status">
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`
