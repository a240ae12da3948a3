import { paths } from '../paths.ts'

/** Where a version of a subject's certificate lies. */
export const certificateFiles = (subject: string, id: string) => {
  const directory = `${paths.certificates}/${subject}/${id}`
  return { directory, certificate: `${directory}/fullchain.pem`, key: `${directory}/privkey.pem` }
}
