/** Facts of this machine that the jails need. Read by the agent, so that the renderers stay pure. */
export interface BanFacts {
  /** Fail2ban can read systemd's journal. */
  journal: boolean
  sshPorts: readonly number[]
  /** Programs and logs that jails name and that exist. */
  present: readonly string[]
}
