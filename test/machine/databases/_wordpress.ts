import { expect } from 'vitest'
import { site } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'
import type { Connection } from './_helpers.ts'

export interface RedisConnection {
  username: string
  password: string
  prefix: string
  socket: string
}

/** WordPress's object cache in Redis: what its plugins do, in short. */
const objectCache = `<?php
class WP_Object_Cache {
  private $local = []; private $redis; private $none = [];
  public function __construct() {
    $this->redis = new Redis();
    $this->redis->connect(WP_REDIS_SOCKET);
    $this->redis->auth(['user' => WP_REDIS_USER, 'pass' => WP_REDIS_PASSWORD]);
    $this->redis->setOption(Redis::OPT_PREFIX, WP_REDIS_PREFIX);
    $this->redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
  }
  private function key($key, $group) { return ($group ?: 'default') . ':' . $key; }
  public function none($groups) { $this->none = array_merge($this->none, (array) $groups); }
  public function get($key, $group = '', $force = false, &$found = null) {
    $name = $this->key($key, $group);
    if (array_key_exists($name, $this->local)) {
      $found = true;
      return is_object($this->local[$name]) ? clone $this->local[$name] : $this->local[$name];
    }
    $value = in_array($group, $this->none) ? false : $this->redis->get($name);
    $found = $value !== false;
    if ($found) $this->local[$name] = $value;
    return $value;
  }
  public function set($key, $data, $group = '', $expire = 0) {
    $name = $this->key($key, $group);
    $this->local[$name] = is_object($data) ? clone $data : $data;
    if (in_array($group, $this->none)) return true;
    return $expire > 0 ? $this->redis->setex($name, $expire, $data) : $this->redis->set($name, $data);
  }
  public function add($key, $data, $group = '', $expire = 0) {
    $this->get($key, $group, false, $found);
    return $found ? false : $this->set($key, $data, $group, $expire);
  }
  public function replace($key, $data, $group = '', $expire = 0) {
    $this->get($key, $group, false, $found);
    return $found ? $this->set($key, $data, $group, $expire) : false;
  }
  public function delete($key, $group = '') {
    unset($this->local[$this->key($key, $group)]);
    return (bool) $this->redis->del($this->key($key, $group));
  }
  public function incr($key, $by = 1, $group = '') {
    $value = (int) $this->get($key, $group) + $by;
    $this->set($key, $value, $group);
    return $value;
  }
  public function flush() { $this->local = []; return true; }
}
function wp_cache_init() { $GLOBALS['wp_object_cache'] = new WP_Object_Cache(); }
function wp_cache_add($k, $d, $g = '', $e = 0) { return $GLOBALS['wp_object_cache']->add($k, $d, $g, (int) $e); }
function wp_cache_set($k, $d, $g = '', $e = 0) { return $GLOBALS['wp_object_cache']->set($k, $d, $g, (int) $e); }
function wp_cache_replace($k, $d, $g = '', $e = 0) {
  return $GLOBALS['wp_object_cache']->replace($k, $d, $g, (int) $e);
}
function wp_cache_get($k, $g = '', $force = false, &$found = null) {
  return $GLOBALS['wp_object_cache']->get($k, $g, $force, $found);
}
function wp_cache_delete($k, $g = '') { return $GLOBALS['wp_object_cache']->delete($k, $g); }
function wp_cache_incr($k, $by = 1, $g = '') { return $GLOBALS['wp_object_cache']->incr($k, $by, $g); }
function wp_cache_decr($k, $by = 1, $g = '') { return $GLOBALS['wp_object_cache']->incr($k, -$by, $g); }
function wp_cache_flush() { return $GLOBALS['wp_object_cache']->flush(); }
function wp_cache_close() { return true; }
function wp_cache_add_global_groups($groups) {}
function wp_cache_add_non_persistent_groups($groups) { $GLOBALS['wp_object_cache']->none($groups); }
function wp_cache_switch_to_blog($id) {}
`

/** Debian's WordPress, copied into a site, with its database and Redis, and installed as a person does it. */
export async function installWordPress(
  machine: Machine,
  domain: string,
  user: string,
  database: Connection,
  redis: RedisConnection,
): Promise<void> {
  const root = `/var/www/${domain}/public`
  await output(
    machine,
    'sh',
    '-c',
    `rm -rf ${root}/* && cp -rL /usr/share/wordpress/. ${root}/ && rm -f ${root}/wp-config.php && mkdir -p ` +
      `${root}/wp-content/uploads`,
  )
  await writeFile(
    machine,
    `${root}/wp-config.php`,
    `<?php
define('DB_NAME', '${database.database}');
define('DB_USER', '${database.username}');
define('DB_PASSWORD', '${database.password}');
define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8mb4');
define('WP_REDIS_SOCKET', '${redis.socket}');
define('WP_REDIS_USER', '${redis.username}');
define('WP_REDIS_PASSWORD', '${redis.password}');
define('WP_REDIS_PREFIX', '${redis.prefix}');
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c'); define('NONCE_KEY', 'd');
define('WP_DEFAULT_THEME', 'plain');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`,
  )
  await writeFile(machine, `${root}/wp-content/object-cache.php`, objectCache)
  // Debian keeps the themes in packages of their own.
  await output(machine, 'mkdir', '-p', `${root}/wp-content/themes/plain`)
  await writeFile(machine, `${root}/wp-content/themes/plain/style.css`, '/* Theme Name: Plain */\n')
  await writeFile(
    machine,
    `${root}/wp-content/themes/plain/index.php`,
    `<!doctype html><html><head><title><?php bloginfo('name'); ?></title><?php wp_head(); ?></head><body>
<?php while (have_posts()) { the_post(); the_title('<h2>', '</h2>'); the_content(); } wp_footer(); ?></body></html>\n`,
  )
  await output(machine, 'chown', '-R', `${user}:${user}`, root)
  const form = new URLSearchParams({
    weblog_title: 'Tea Shop',
    user_name: 'keeper',
    admin_password: 'a long enough one',
    admin_password2: 'a long enough one',
    pw_weak: 'on',
    admin_email: 'keeper@example.test',
    blog_public: '0',
    language: '',
  })
  const answer = await site(machine, domain, '/wp-admin/install.php?step=2', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  expect(answer.status, answer.body.slice(0, 2_000)).toBe(200)
  expect(answer.body).toContain('Success!')
}

/** Signs in; answers the cookies. */
export async function signInto(machine: Machine, domain: string): Promise<string> {
  const form = new URLSearchParams({ log: 'keeper', pwd: 'a long enough one', 'wp-submit': 'Log In', testcookie: '1' })
  const { status, headers } = await site(machine, domain, '/wp-login.php', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: 'wordpress_test_cookie=WP%20Cookie%20check',
    },
    body: form.toString(),
  })
  expect(status).toBe(302)
  return (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ')
}
