/** Every case in a soak (test/soak.sh), and the first few of them in a run of all tests, which has twenty minutes. */
export const casesOf = <Case>(all: readonly Case[], few: number): readonly Case[] =>
  process.env.HOSTING_PANEL_SOAK ? all : all.slice(0, few)
