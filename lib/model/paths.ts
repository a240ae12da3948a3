/** Every fixed place on the server, once. Site paths are derived in lib/model/sites/names.ts. */
export const paths = {
  /** The installed panel: `current` points at the running release. */
  home: '/opt/hosting-panel',
  release: '/opt/hosting-panel/current',
  /** List of hooks that the build writes. */
  hooks: '/opt/hosting-panel/current/dist/hooks.json',
  /** The admin bundle and the error pages nginx serves: outside `home`, which nginx may not enter. */
  admin: '/usr/share/hosting-panel/current/admin',
  pages: '/usr/share/hosting-panel/current/pages',
  data: '/opt/hosting-panel/data',
  database: '/opt/hosting-panel/data/panel.db',
  /** The addresses of CDNs' proxies, which a hook keeps current. */
  trustedProxies: '/opt/hosting-panel/data/trusted-proxies.json',
  configuration: '/etc/hosting-panel',
  /** Shared by nginx and the panel alone (root:hosting-panel 0640): proves that a request came through nginx. */
  proxySecret: '/etc/hosting-panel/proxy-secret',
  /** The API token of this server's root (root:root 0600), for the command line. */
  localToken: '/etc/hosting-panel/local-token',
  panelCertificate: '/etc/hosting-panel/tls/panel.crt',
  panelKey: '/etc/hosting-panel/tls/panel.key',
  /**
   * Certificates, a directory each version: <subject>/<id>/fullchain.pem, privkey.pem (root 0600). A version never
   * changes.
   */
  certificates: '/etc/hosting-panel/certificates',
  /** The server's own certificate for other programs, FTP for one: server.crt, server.key. */
  serverTls: '/etc/hosting-panel/tls/server',
  /** Gives vhosts whose certificate is missing the self-signed one, so that nginx starts. */
  repairCertificates: '/usr/lib/hosting-panel/repair-certificates',
  /** Credentials that certbot writes to a DNS provider with: <account>/<provider>.ini, of certbot's user alone. */
  dnsCredentials: '/etc/hosting-panel/dns',
  /** certbot's accounts with the authorities, of its own user. */
  certbot: '/var/lib/hosting-panel-certbot',
  /** Orders that are under way, and the folder that authorities look into, in every vhost. */
  certbotOrders: '/run/hosting-panel/certbot',
  challenges: '/run/hosting-panel/acme',
  phpEnvironment: '/etc/hosting-panel/php',
  loginLimits: '/etc/security/limits.d',
  crontabs: '/var/spool/cron/crontabs',
  /** Descriptions and environments of apps, written by the agent: <user>.json, <user>.env; and <user>.nft. */
  apps: '/etc/hosting-panel/apps',
  /** Rules of nftables: the users that may listen on the ports of apps and services, and those that may connect. */
  appGuard: '/etc/hosting-panel/apps.nft',
  /** Rules of nftables: the connections that a user or an address may hold. */
  connectionLimits: '/etc/hosting-panel/limits.nft',
  /** Output of apps (root:hosting-panel 0640). */
  appLogs: '/var/log/hosting-panel-apps',
  /** Node for apps, one directory a major version. */
  node: '/opt/hosting-panel/node',
  /** Programs of each PHP version by their plain names: <version>/php. */
  phpPrograms: '/etc/hosting-panel/programs',
  /** Starts a program with a site's environment, as the site's user. */
  runApp: '/usr/lib/hosting-panel/run-app',
  runtime: '/run/hosting-panel',
  agentSocket: '/run/hosting-panel/agent.sock',
  /** The panel answers here; only nginx and the panel may enter the directory (hosting-panel:www-data 2750). */
  panelSocket: '/run/hosting-panel/panel/panel.sock',
  supervisorSocket: '/run/hosting-panel/supervisor.sock',
  /** PM2's own directory (root 0700). */
  pm2: '/var/lib/hosting-panel/pm2',
  /** nginx answers the generation of its live configuration here. */
  nginxSocket: '/run/hosting-panel/nginx.sock',
  phpSockets: '/run/hosting-panel/php',
  /** Users of sites that held too many connections (install/sockets), a file each: <user>.<service>. */
  banned: '/run/hosting-panel/banned',
  /** Root's own state: the undo journal of the change in progress. */
  state: '/var/lib/hosting-panel',
  journal: '/var/lib/hosting-panel/journal.json',
  /** How the clock has gone (lib/model/clock.ts). */
  clock: '/var/lib/hosting-panel/clock.json',
  /** Owners and modes that the change in progress replaces in sites' folders (root 0700). */
  accessRecords: '/var/lib/hosting-panel/access',
  /** How to undo a change of the firewall that nobody has confirmed yet. */
  firewallUndo: '/var/lib/hosting-panel/firewall-undo.json',
  websites: '/var/www',
  trash: '/var/www/.trash',
  /** MariaDB knows root, and who dumps, by their socket. */
  mariadbSocket: '/run/mysqld/mysqld.sock',
  mariadbSettings: '/etc/mysql/mariadb.conf.d/90-hosting-panel.cnf',
  mariadbData: '/var/lib/mysql',
  /** Dumps that are kept (root:hosting-panel 0640); one that is being written begins with a dot. */
  dumps: '/var/lib/hosting-panel-dumps',
  /** Dumps on their way out, through pipes the panel reads. */
  pipes: '/run/hosting-panel/pipes',
  /** Dumps on their way in, written by the panel. */
  uploads: '/opt/hosting-panel/data/uploads',
  /** Imports under way, a file each: what is to be restored if they are cut off. */
  imports: '/var/lib/hosting-panel/imports',
  /**
   * Adminer as Debian packs it, in one file; what sets it up for one database; and what it writes, as a user of its
   * own.
   */
  adminer: '/usr/share/adminer/adminer.php',
  adminerPages: '/usr/share/hosting-panel/current/adminer',
  adminerData: '/var/lib/hosting-panel-adminer',
  /** Secret that the passwords of databases' own accounts are derived from (root 0600). */
  databaseSecret: '/etc/hosting-panel/database-secret',
  /** Redis's settings, its users, and what the sites' files say of them: <user>.acl (root 0600). */
  redisSettings: '/etc/redis/redis.conf',
  redisUsers: '/etc/hosting-panel/redis.acl',
  redis: '/etc/hosting-panel/redis',
  redisSocket: '/run/redis/redis-server.sock',
  redisPid: '/run/redis/redis-server.pid',
  /** Names the user whose script holds Redis up. */
  scriptCaller: '/usr/lib/hosting-panel/sockets/caller',
  /** Pages that nginx keeps, a directory each site (www-data 0700). */
  pageCaches: '/var/cache/hosting-panel/pages',
  /** Accounts that mail leaves through: <user>.json, server.json (root:hosting-panel-mail 0640). */
  mail: '/etc/hosting-panel/mail',
  /** The mail service's: a folder a site, with its log and what it has sent in the last hour. Its parent is root's. */
  mailState: '/var/lib/hosting-panel-mail/sites',
  mailTrash: '/var/lib/hosting-panel-mail/.trash',
  sendmail: '/usr/lib/hosting-panel/mail/sendmail',
  logs: '/var/log/hosting-panel',
  /** Every sign-in, one a line; Fail2ban reads it. */
  authLog: '/var/log/hosting-panel/auth.log',
  fail2ban: '/etc/fail2ban',
  /** The panel's own files of Fail2ban's; jail.local is people's. */
  jails: '/etc/fail2ban/jail.d/hosting-panel.conf',
  banFilter: '/etc/fail2ban/filter.d/hosting-panel.conf',
  banAction: '/etc/fail2ban/action.d/hosting-panel.conf',
  /** Visitors whom nginx refuses, a folder for each jail and an empty file for each address (root 0711). */
  visitorBans: '/run/hosting-panel-bans',
  nginx: '/etc/nginx',
  /** Settings of units that are removed, until the change has ended. */
  settingsTrash: '/etc/systemd/system/.hosting-panel-trash',
  nginxLogs: '/var/log/nginx',
  /** Refusals by nginx itself, with the visitor's address; no site can write here. Fail2ban reads it. */
  guardLog: '/var/log/nginx/hosting-panel-guard.log',
  /** A site's own additions: /etc/nginx/hosting-panel/<domain>/*.conf, included and never overwritten. */
  nginxAdditions: '/etc/nginx/hosting-panel',
  /** Users of sites' protected paths, with hashes of their passwords, for nginx alone (root:www-data 0710). */
  nginxPasswords: '/etc/nginx/hosting-panel-passwords',
} as const

/**
 * The panel's HTTPS port (nginx), and that of the database tool: another port is another origin to browsers, so a
 * script in somebody's data is not on the panel's. Behind nginx the panel has no port, which anybody could take.
 */
export const ports = { public: 8080, adminer: 8081, mariadb: 3306, redis: 6379 } as const
