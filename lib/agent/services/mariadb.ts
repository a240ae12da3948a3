import { checkConfiguration, restart } from '../../drivers/mariadb/index.ts'
import { paths } from '../../model/paths.ts'
import type { Delta } from '../resources/resource.ts'
import type { Service } from './service.ts'

const owns = ({ name }: Delta): boolean => name === paths.mariadbSettings

/** MariaDB's settings, which it reads only when it starts. Databases and accounts need no service. */
export const mariadb: Service = {
  name: 'MariaDB',
  owns,
  check: checkConfiguration,
  load: restart,
  restore: restart,
  apart: owns,
}
