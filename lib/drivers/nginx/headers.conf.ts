const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Repeated in each location: nginx's add_header in a location forgets those above it. */
export const renderHeaders = (): string => `# Written by the hosting panel, which puts changes here back.
add_header Content-Security-Policy "${policy}" always;
add_header X-Content-Type-Options nosniff always;
add_header Referrer-Policy no-referrer always;
add_header Strict-Transport-Security "max-age=31536000" always;
add_header Cross-Origin-Opener-Policy same-origin always;
`
