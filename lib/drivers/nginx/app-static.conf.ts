import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'

/** Locations of an app's own files: nginx sends them, and a sleeping app goes on sleeping. Links are not followed. */
export const appStaticFiles = ({ domain, app }: SiteSpec): string =>
  (app?.static ?? [])
    .map(
      ({ path, directory }) => `    location ^~ ${path}/ {
        alias ${siteNames(domain).app}/${directory}/;
        disable_symlinks on from=${siteNames(domain).app};
        expires $hosting_panel_expires;
        location ~ /\\.(?!well-known/) {
            return 404;
        }
    }
`,
    )
    .join('')
