export const caches = `
UPDATE sites SET spec = json_set(spec, '$.cache', json('{"redis":null,"page":null}')),
  previous = iif(previous IS NULL, NULL, json_set(previous, '$.cache', json('{"redis":null,"page":null}')));
`
