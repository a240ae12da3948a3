/** Begins each vhost. */
export const head = `# Written by the hosting panel, which puts changes here back.
# Your own directives for this site go into /etc/nginx/hosting-panel/example.test/*.conf
`
/** Lines that each server of a site has. */
export const common = `    root /var/www/example.test/public;
    access_log /var/log/nginx/example.test.access.log;
    error_log /var/log/nginx/example.test.error.log;
    include /etc/nginx/hosting-panel/example.test/*.conf;
    client_max_body_size 64m;
    include snippets/hosting-panel-site.conf;
`
export const additions = `}
`
