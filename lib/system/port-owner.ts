import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readSockets } from '../proc/sockets.ts'
import { passwd } from './passwd.ts'

export interface PortOwner {
  port: number
  pid: number
  /** The process's own name, without special characters. */
  command: string
  user: string
}

/** Finds a process that listens on one of `ports` and is not of `unit`. Reads all processes, so it needs root. */
export function foreignListener(ports: readonly number[], unit: string): PortOwner | null {
  const listening = readSockets().filter((socket) => socket.listening && ports.includes(socket.localPort))
  for (const { localPort, inode, uid } of listening) {
    const pid = holderOf(inode)
    if (pid === null || read(`/proc/${pid}/cgroup`).includes(`/${unit}`)) continue
    const command = read(`/proc/${pid}/comm`).replace(/[^\w.-]/g, '') || 'a program'
    return { port: localPort, pid, command, user: nameOf(uid) }
  }
  return null
}

/** The end of a sentence about a service that needs these ports: who took one in its place; empty when nobody did. */
export function takenBy(ports: readonly number[], unit: string): string {
  const owner = ports.length > 0 ? foreignListener(ports, unit) : null
  return owner
    ? `; its port ${owner.port} was taken by ${owner.command} of the user ${owner.user} (process ${owner.pid})`
    : ''
}

const holderOf = (inode: string): number | null =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => holds(pid, `socket:[${inode}]`)) ?? null

function holds(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === socket)
  } catch {
    // It has ended, or closed one meanwhile.
    return false
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function nameOf(uid: number): string {
  try {
    return passwd.userName(uid)
  } catch {
    return String(uid)
  }
}
