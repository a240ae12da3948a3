import type { Cache } from '../api/client.ts'
import type { Snippet } from './databases.ts'

type Redis = NonNullable<Cache['redis']>

/** Passwords are letters, digits, - and _, so nothing needs quoting. */
export const redisUrl = ({ username, password = 'THE_PASSWORD', host, port }: Redis): string =>
  `redis://${username}:${password}@${host}:${port}`

/** Lines that people paste into their programs. Keys that begin otherwise are refused. */
export function redisSnippets(redis: Redis): Snippet[] {
  const { username, password = 'THE_PASSWORD', host, port, prefix } = redis
  return [
    {
      title: 'WordPress (Redis Object Cache, in wp-config.php)',
      text:
        `define( 'WP_REDIS_HOST', '${host}' );\ndefine( 'WP_REDIS_PORT', ${port} );\ndefine( ` +
        `'WP_REDIS_PASSWORD', [ '${username}', '${password}' ] );\ndefine( 'WP_REDIS_PREFIX', '${prefix}' );`,
    },
    {
      title: 'PHP (phpredis)',
      text:
        `$redis = new Redis();\n$redis->connect('${host}', ${port});\n$redis->auth(['${username}', ` +
        `'${password}']);\n$redis->setOption(Redis::OPT_PREFIX, '${prefix}');`,
    },
    {
      title: 'Laravel (.env)',
      text:
        `REDIS_HOST=${host}\nREDIS_PORT=${port}\nREDIS_USERNAME=${username}\n` +
        `REDIS_PASSWORD=${password}\nREDIS_PREFIX=${prefix}`,
    },
    {
      title: 'Node (ioredis)',
      text: `import Redis from 'ioredis'\nconst redis = new Redis('${redisUrl(redis)}', { keyPrefix: '${prefix}' })`,
    },
  ]
}
