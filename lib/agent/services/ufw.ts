import type { Service } from './service.ts'

/** UFW loads rules by itself as they are set (lib/agent/resources/firewall.ts). */
export const ufw: Service = {
  name: 'The firewall',
  owns: ({ kind }) => kind === 'firewall',
  apart: ({ kind }) => kind === 'firewall',
}
