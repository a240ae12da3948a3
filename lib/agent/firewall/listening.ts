import { readSockets } from '../../proc/sockets.ts'

/** TCP ports that programs listen on for others than this machine. */
export function listeningPorts(files?: readonly string[]): number[] {
  const open = readSockets(files).filter(({ listening, loopback }) => listening && !loopback)
  return [...new Set(open.map(({ localPort }) => localPort))].sort((a, b) => a - b)
}
