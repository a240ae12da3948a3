/** Use of the disk: bytes, and number of files, directories and links. */
export interface Amount {
  bytes: number
  files: number
}
