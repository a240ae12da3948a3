/** Fields that specs get, with their value for sites that were there before; JSON by key. */
const added = {
  maintenance: 'false',
}

const pairs = Object.entries(added)
  .map(([key, value]) => `'$.${key}', json('${value}')`)
  .join(', ')

export const siteSettings = `
UPDATE sites SET spec = json_insert(spec, ${pairs});
UPDATE pending_changes SET previous = json_set(previous, '$.spec', json_insert(previous -> '$.spec', ${pairs}))
  WHERE kind = 'site' AND previous IS NOT NULL;
`
