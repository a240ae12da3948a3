/** Dumps as managed MySQL 8 servers' owners get them, each with what of it MariaDB takes only in another way. */
const begin = `-- MySQL dump 10.13  Distrib 8.0.35, for Linux (x86_64)
--
-- Host: shop.c9akciq32.eu-central-1.rds.amazonaws.com    Database: it's a shop
-- ------------------------------------------------------
-- Server version\t8.0.35

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
`
const gtid = `SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;
SET @@SESSION.SQL_LOG_BIN= 0;

--
-- GTID state at the beginning of the backup 
--

SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '1e4c8a3a-9d0b-11ee-8c90-0242ac120002:1-77,
3f1b2c4d-9d0b-11ee-8c90-0242ac120003:1-5:11-18';
`
const end = `/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2024-03-01 10:11:12
`
const saved = (end: string) => `/*!50003 SET @saved_cs_client      = @@character_set_client */ ${end}
/*!50003 SET @saved_col_connection = @@collation_connection */ ${end}
/*!50003 SET character_set_client  = utf8mb4 */ ${end}
/*!50003 SET collation_connection  = utf8mb4_0900_ai_ci */ ${end}
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ${end}
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION' */ ${end}
`
const back = (end: string) => `/*!50003 SET sql_mode              = @saved_sql_mode */ ${end}
/*!50003 SET character_set_client  = @saved_cs_client */ ${end}
/*!50003 SET collation_connection  = @saved_col_connection */ ${end}
`

/** Text that looks like what is left out, as a customer may have written it. */
export const lookalike =
  "Try:\nSET @@SESSION.SQL_LOG_BIN= 0;\nSET @@GLOBAL.GTID_PURGED='';\n  CREATE DEFINER=`root`@`%` VIEW v;\n" +
  'COLLATE=utf8mb4_0900_ai_ci; -- it\'s "so" \\ # /* '
const escaped = lookalike.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('"', '\\"')

/** Amazon RDS: mysqldump with GTIDs, a trigger, routines, an event and a view, all defined by `admin`. */
export const rds = `${begin}${gtid}
--
-- Table structure for table \`orders\`
--

DROP TABLE IF EXISTS \`orders\`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`orders\` (
  \`id\` int unsigned NOT NULL AUTO_INCREMENT,
  \`mail\` varchar(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs NOT NULL COMMENT 'utf8mb4_0900_as_cs',
  \`note\` text,
  \`body\` json DEFAULT NULL,
  \`total\` decimal(10,2) NOT NULL DEFAULT '0.00',
  \`gross\` decimal(12,4) GENERATED ALWAYS AS ((\`total\` * 1.19)) VIRTUAL /*!80023 INVISIBLE */,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`mail\` (\`mail\`),
  KEY \`total\` (\`total\`) /*!80000 INVISIBLE */
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci /*!80016 ENCRYPTION='Y' */;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES \`orders\` WRITE;
/*!40000 ALTER TABLE \`orders\` DISABLE KEYS */;
INSERT INTO \`orders\` (\`id\`, \`mail\`, \`note\`, \`body\`, \`total\`) VALUES (1,'Ann@x.test','${escaped}',NULL,1.50),
(2,'ann@x.test','it\\'s; \\\\','{\\"a\\": 1}',-2.00),(3,'größe 🍵',_binary 'a\\0b\\Zc',NULL,0.00);
/*!40000 ALTER TABLE \`orders\` ENABLE KEYS */;
UNLOCK TABLES;
${saved(';')}DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`admin\`@\`%\`*/ /*!50003 TRIGGER \`clean\` BEFORE INSERT ON \`orders\` \
FOR EACH ROW BEGIN
  -- don't
  SET NEW.note = CONCAT(NEW.note, ';;' COLLATE utf8mb4_0900_ai_ci);
END */;;
DELIMITER ;
${back(';')}
/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;
/*!50106 DROP EVENT IF EXISTS \`purge\` */;
DELIMITER ;;
${saved(';;')}/*!50106 CREATE*/ /*!50117 DEFINER=\`admin\`@\`%\`*/ /*!50106 EVENT \`purge\` ON SCHEDULE \
EVERY 1 DAY STARTS '2024-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM orders WHERE id = 0 */ ;;
${back(';;')}DELIMITER ;
/*!50106 SET TIME_ZONE= @save_time_zone */ ;
/*!50003 DROP FUNCTION IF EXISTS \`twice\` */;
${saved(';')}DELIMITER ;;
CREATE DEFINER=\`admin\`@\`%\` FUNCTION \`twice\`(t VARCHAR(9) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci) \
RETURNS varchar(20) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci
    DETERMINISTIC
RETURN CONCAT(t, t) ;;
CREATE DEFINER=\`admin\`@\`%\` PROCEDURE \`load\`()
BEGIN
SET @@SESSION.SQL_LOG_BIN= 0;
END ;;
DELIMITER ;
${back(';')}
/*!50001 DROP VIEW IF EXISTS \`paid\`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=\`admin\`@\`%\` SQL SECURITY DEFINER */
/*!50001 VIEW \`paid\` AS select \`orders\`.\`id\` AS \`id\` from \`orders\` where (\`orders\`.\`note\` <> \
(_utf8mb4'' collate utf8mb4_0900_ai_ci)) */;
SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;
${end}`

/** DigitalOcean (Aiven): the same head, names of utf8mb3, and a routine that an editor has indented. */
export const digitalOcean = `${begin}${gtid}
DROP TABLE IF EXISTS \`old\`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`old\` (
  \`id\` bigint NOT NULL AUTO_INCREMENT,
  \`name\` varchar(50) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci DEFAULT NULL,
  \`town\` varchar(50) COLLATE utf8mb4_sv_0900_ai_ci NOT NULL DEFAULT '',
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci STATS_PERSISTENT=0;
INSERT INTO \`old\` VALUES (1,'Zoë','Malmö'),(2,'zoe','');
DELIMITER $$
  CREATE DEFINER = 'doadmin'@'%' PROCEDURE \`names\`()
  BEGIN
    SELECT name FROM old;
  END$$
    CREATE
    DEFINER=doadmin@\`%\` PROCEDURE \`towns\`() SELECT town FROM old$$
DELIMITER ;
SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;
${end}`

/** PlanetScale: the client of Percona, without GTIDs; one row a statement. */
export const planetScale = `${begin}/*!50717 SELECT COUNT(*) INTO @rocksdb_has_p_s_session_variables FROM \
INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'performance_schema' */;
/*!50717 PREPARE s FROM @rocksdb_get_is_supported */;
CREATE TABLE \`keys\` (
  \`id\` varbinary(16) NOT NULL DEFAULT (uuid()),
  \`value\` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO \`keys\` VALUES (0x00FF0A27,'a');
INSERT INTO \`keys\` VALUES (_binary '\\'\\\\','A');
${end}`

/** A new MariaDB: its first line old clients take for a command. */
export const sandboxed = `/*!999999\\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 11.4.2-MariaDB, for debian-linux-gnu (x86_64)
CREATE TABLE \`t\` (\`a\` int(11)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO \`t\` VALUES
(1);
-- Dump completed on 2024-03-01 10:11:12
`
