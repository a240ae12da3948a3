import { expect, it } from 'vitest'
import { runningMasters } from '../../../lib/agent/php/masters.ts'
import { extensionPackage, packagesOf, purgePlan } from '../../../lib/drivers/apt/commands.ts'
import { parseExtensions } from '../../../lib/drivers/apt/index.ts'

it('commands of extensions', () => {
  expect(extensionPackage('8.2', 'imagick')).toBe('php8.2-imagick')
  expect(packagesOf('8.2')).toEqual(['apt-cache', 'search', '--names-only', '--', '^php8\\.2-'])
  expect(purgePlan(['php8.2-xml'])).toEqual(['apt-get', 'purge', '--simulate', '--yes', '--', 'php8.2-xml'])
})

it('packages of a version that are extensions, with those installed from elsewhere', () => {
  const found = `php8.2-imagick - Provides a wrapper - to the ImageMagick library
php8.2-fpm - server-side, HTML-embedded scripting language (FPM-CGI binary)
php8.2-dev - Files for PHP8.2 module development
php8.2-gd - GD module for PHP
php8.20-x - another version's
`
  expect(parseExtensions('8.2', found, new Set(['php8.2-gd', 'php8.2-own', 'php8.2-common']))).toEqual([
    { name: 'gd', summary: 'GD module for PHP', installed: true },
    { name: 'imagick', summary: 'Provides a wrapper - to the ImageMagick library', installed: false },
    { name: 'own', summary: '', installed: true },
  ])
})

it('masters that run a version, by their titles', () => {
  const titles = [
    'php-fpm: master process (/etc/php/8.2/fpm/sites/s-a-test-1.conf)',
    'php-fpm: pool s-a-test-1',
    'php-fpm: master process (/etc/php/7.4/fpm/sites/s-b-test-1.conf)',
    'php-fpm: master process (/etc/php/8.2/fpm/sites/s-c-test-1-shared.conf)',
    'php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)',
    'php-fpm: master process (/etc/php/8.2/fpm/sites/a b.conf)',
  ]
  expect(runningMasters(titles, '8.2')).toEqual([
    'hosting-panel-php@s-a-test-1.service',
    'hosting-panel-php-shared@s-c-test-1-shared.service',
  ])
})
