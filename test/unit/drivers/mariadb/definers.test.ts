import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { prepareDump } from '../../../../lib/drivers/mariadb/commands.ts'

const token = '0123456789abcdef01234567'
const END = `;\nSELECT '${token}';\n`

/** Dump as the real filter makes it, without the account it runs as on a server. */
function filtered(text: string | Buffer): string {
  const argv = prepareDump(token, {})
  return execFileSync('perl', argv.slice(argv.indexOf('perl') + 1), {
    input: Buffer.from(text as string),
    maxBuffer: 100_000_000,
    encoding: 'latin1',
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH!, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
  })
}
const latin = (text: string) => Buffer.from(text).toString('latin1')
const body = (text: string) => {
  const whole = filtered(text)
  expect(whole.endsWith(END)).toBe(true)
  return Buffer.from(whole.slice(0, -END.length), 'latin1').toString()
}

describe('definers go', () => {
  it.each<[string, string, string]>([
    [
      'of a view, as mysqldump writes it',
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER ' +
        '*/\n/*!50001 VIEW `v` AS select 1 AS `1` */;',
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013  SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select ' +
        '1 AS `1` */;',
    ],
    [
      'of a trigger',
      '/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `a` FOR ' +
        'EACH ROW SET @a = 1 */;;',
      '/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW SET @a = 1 */;;',
    ],
    [
      'of an event',
      '/*!50106 CREATE*/ /*!50117 DEFINER=`root`@`%`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DO SELECT 1 */ ;;',
      '/*!50106 CREATE*/ /*!50117 */ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DO SELECT 1 */ ;;',
    ],
    ['of a procedure', 'CREATE DEFINER=`root`@`localhost` PROCEDURE `p`()', 'CREATE  PROCEDURE `p`()'],
    [
      'of a function',
      'CREATE DEFINER=`shop_user`@`10.0.%` FUNCTION `f`(a INT) RETURNS int(11)',
      'CREATE  FUNCTION `f`(a INT) RETURNS int(11)',
    ],
    [
      'of a procedure in an old dump',
      '/*!50003 CREATE*/ /*!50020 DEFINER=`root`@`localhost`*/ /*!50003 PROCEDURE `p`()',
      '/*!50003 CREATE*/ /*!50020 */ /*!50003 PROCEDURE `p`()',
    ],
    [
      'of a routine with six digits',
      '/*!100003 CREATE*/ /*!100017 DEFINER=`root`@`localhost`*/ /*!100003 TRIGGER t',
      '/*!100003 CREATE*/ /*!100017 */ /*!100003 TRIGGER t',
    ],
    [
      'of a package',
      'CREATE OR REPLACE DEFINER=`root`@`localhost` PACKAGE `k` AS',
      'CREATE OR REPLACE  PACKAGE `k` AS',
    ],
    [
      'of an aggregate function',
      'CREATE DEFINER=`root`@`localhost` AGGREGATE FUNCTION `f`(x INT)',
      'CREATE  AGGREGATE FUNCTION `f`(x INT)',
    ],
    [
      'of a view, as phpMyAdmin writes it',
      'CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `v`  AS SELECT 1 AS `1` ;',
      'CREATE ALGORITHM=UNDEFINED  SQL SECURITY DEFINER VIEW `v`  AS SELECT 1 AS `1` ;',
    ],
    [
      'of a view that is replaced',
      'CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `root`@`localhost` SQL SECURITY INVOKER VIEW `v` AS SELECT 1',
      'CREATE OR REPLACE ALGORITHM = MERGE  SQL SECURITY INVOKER VIEW `v` AS SELECT 1',
    ],
    [
      'of an event of phpMyAdmin’s',
      'CREATE DEFINER=`root`@`localhost` EVENT `e` ON SCHEDULE EVERY 1 DAY DO BEGIN',
      'CREATE  EVENT `e` ON SCHEDULE EVERY 1 DAY DO BEGIN',
    ],
    [
      'of a trigger of SQLyog’s',
      "/*!50003 CREATE */ /*!50017 DEFINER = 'root'@'localhost' */ /*!50003 TRIGGER `t`",
      '/*!50003 CREATE */ /*!50017  */ /*!50003 TRIGGER `t`',
    ],
    ['in quotes', "CREATE DEFINER='admin'@'%' PROCEDURE p()", 'CREATE  PROCEDURE p()'],
    ['without quotes', 'CREATE DEFINER=admin@10.0.0.% PROCEDURE p()', 'CREATE  PROCEDURE p()'],
    ['without quotes, at a host', 'CREATE DEFINER = web_1$@db-1.example.test FUNCTION f()', 'CREATE  FUNCTION f()'],
    ['in half quotes', "CREATE DEFINER=`admin`@'localhost' FUNCTION f()", 'CREATE  FUNCTION f()'],
    ['with a backtick in the name', 'CREATE DEFINER=`a``b`@`localhost` PROCEDURE `p`()', 'CREATE  PROCEDURE `p`()'],
    [
      'with a space, an @ and DEFINER in the name',
      'CREATE DEFINER=`a b@c DEFINER=`@`::1` PROCEDURE `p`()',
      'CREATE  PROCEDURE `p`()',
    ],
    [
      'with letters of all the world in the name',
      'CREATE DEFINER=`größe\u{1f600}`@`localhost` PROCEDURE `p`()',
      'CREATE  PROCEDURE `p`()',
    ],
    ['that nobody is', 'CREATE DEFINER=``@`` PROCEDURE `p`()', 'CREATE  PROCEDURE `p`()'],
    ['that is indented', '  CREATE DEFINER=`admin`@`%` FUNCTION f()', '  CREATE  FUNCTION f()'],
    [
      'behind another statement',
      'SELECT 1; CREATE DEFINER=a@b VIEW v AS SELECT 1',
      'SELECT 1; CREATE  VIEW v AS SELECT 1',
    ],
    ['of an event that is changed', 'ALTER DEFINER=`a`@`%` EVENT e DISABLE', 'ALTER  EVENT e DISABLE'],
    [
      'of an indented view',
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n  /*!50013 DEFINER=`a`@`%` SQL SECURITY DEFINER */',
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n  /*!50013  SQL SECURITY DEFINER */',
    ],
    ['at the beginning of a line', 'CREATE\nDEFINER=`root`@`localhost`\nPROCEDURE p()', 'CREATE\n\nPROCEDURE p()'],
  ])('%s', (_, given, wanted) => expect(body(`${given}\n`)).toBe(`${wanted}\n`))
})

describe('what merely looks alike stays', () => {
  it.each([
    "INSERT INTO `posts` VALUES (1,'CREATE DEFINER=`root`@`localhost` PROCEDURE p()');",
    "INSERT INTO `posts` VALUES (1,'a\\nCREATE DEFINER=`root`@`localhost` PROCEDURE p()'),(2,'/*!50017 " +
      "DEFINER=`root`@`localhost`*/');",
    "(3,'DEFINER=`root`@`localhost`'),",
    "('DEFINER=root@localhost'),",
    '-- DEFINER=`root`@`localhost`',
    '# CREATE DEFINER=`root`@`localhost` PROCEDURE',
    '    SELECT "CREATE DEFINER=`root`@`localhost` PROCEDURE";',
    "  SET @sql = 'DEFINER=`root`@`localhost`';",
    "CREATE TABLE `DEFINER` (`DEFINER` varchar(77) DEFAULT 'DEFINER=`a`@`b`')",
    "  `DEFINER` varchar(77) NOT NULL COMMENT 'DEFINER=`a`@`b`',",
    '/*!50001 VIEW `v` AS select `r`.`DEFINER` AS `DEFINER` from `information_schema`.`routines` `r` where ' +
      "`r`.`DEFINER` = 'a@b' */;",
    'DEFINERS=`root`@`localhost`',
    'MYDEFINER=`root`@`localhost`',
    'UPDATE a SET DEFINER=`b`.`c`;',
    'CREATE DEFINER=CURRENT_USER PROCEDURE p()',
    'CREATE DEFINER=CURRENT_USER() PROCEDURE p()',
    'CREATE DEFINER=current_role PROCEDURE p()',
    'CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `v` AS SELECT 1;',
    '/*!50013 SQL SECURITY DEFINER */',
    '',
  ])('%s', (line) => expect(body(`${line}\n`)).toBe(`${line}\n`))

  it('a line of data that is as long as a row may be, and what is no UTF-8', () => {
    const row = `INSERT INTO a VALUES ('${'CREATE DEFINER=`root`@`localhost` '.repeat(200_000)}');`
    expect(filtered(`${row}\n`)).toBe(latin(`${row}\n`) + END)
    const binary = Buffer.from([0x49, 0xff, 0xfe, 0x80, 0x00, 0x27, 0x5c, 0x0d, 0x0a, 0xc3, 0x28, 0x0a])
    expect(filtered(binary)).toBe(binary.toString('latin1') + END)
  })
})

describe('the end', () => {
  it('follows what has no line end of its own', () => expect(filtered('SELECT 1')).toBe(`SELECT 1\n${END}`))
  it('is there once, whatever lies before', () =>
    expect(filtered(`SELECT 'a\n;\nSELECT 1;\n`)).toBe(`SELECT 'a\n;\nSELECT 1;\n${END}`))
  it('is not there when nothing was', () => expect(filtered('')).toBe(''))
})
