import { expect } from 'vitest'
import type { Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { contents, createDatabase, importDump } from './_helpers.ts'

/** A dump with one of each thing that a database holds. */
export const everything = `
CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a TEXT, b BLOB) CHARACTER SET utf8mb4;
INSERT INTO t (a, b) VALUES ('äöü 🍵 \\'quoted\\' \\\\ back\\nslash', x'00ff0a0d1a'),
  ('DEFINER=\`root\`@\`localhost\` is only text', NULL);
INSERT INTO t (a) VALUES ('two
lines; /* no comment */ -- nor this');
CREATE VIEW v AS SELECT id, a FROM t;
DELIMITER ;;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = CONCAT(NEW.a, ';;'); SET @x = 1; END ;;
CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END ;;
CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 7 ;;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t WHERE id = 99 ;;
DELIMITER ;
`

/** Creates a database with all of that in it, and answers its contents. */
export async function makeFull(machine: Machine, panel: Api, name: string): Promise<string> {
  await createDatabase(panel, name)
  expect((await importDump(panel, name, everything)).error).toBeNull()
  return contents(machine, name)
}

/** Says the same of accounts in other names, as a stranger to the panel's names would. */
export const named = (dump: string) => dump.replaceAll(/hosting-panel-db-[0-9a-f]{12}/g, 'own')
