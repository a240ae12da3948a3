import * as v from 'valibot'

/** How a site's visitors are answered. Every field has its value for a new site in `webDefaults`. */
export const webSettings = {
  /** true: visitors get a page that says that the site is being worked on (503); its code goes on running. */
  maintenance: v.boolean(),
}
const all = v.strictObject(webSettings)
export type WebSettings = v.InferOutput<typeof all>

/** The same for input: each may be left out. */
export const webChanges = v.partial(all).entries

export const webDefaults: WebSettings = {
  maintenance: false,
}
