/** Languages of MySQL 8's collations, and MariaDB's names for those that it sorts by rules of their own. */
const languages: Readonly<Record<string, string | null>> = {
  bg: null,
  bs: 'croatian',
  cs: 'czech',
  da: 'danish',
  de_pb: 'german2',
  eo: 'esperanto',
  es: 'spanish',
  es_trad: 'spanish2',
  et: 'estonian',
  gl: null,
  hr: 'croatian',
  hu: 'hungarian',
  is: 'icelandic',
  ja: null,
  la: 'roman',
  lt: 'lithuanian',
  lv: 'latvian',
  mn_cyrl: null,
  nb: null,
  nn: null,
  pl: 'polish',
  ro: 'romanian',
  ru: null,
  sk: 'slovak',
  sl: 'slovenian',
  sr_latn: 'croatian',
  sv: 'swedish',
  tr: 'turkish',
  vi: 'vietnamese',
  zh: null,
}

/** Differences that collations see: accents, case, and in Japanese its two syllabaries. */
const strengths = ['ai_ci', 'as_ci', 'as_cs', 'as_cs_ks'] as const

/**
 * MariaDB's nearest collation, best first. All compare without padding, as MySQL's do. Before 10.10 none tells apart
 * only accents, or only case: then the one that takes no two texts for the same, so that no unique key refuses a row.
 */
const nearest = (language: string | null, strength: (typeof strengths)[number]): string[] => {
  const kept = strength === 'as_cs_ks' ? 'as_cs' : strength
  return [
    ...(language ? [`utf8mb4_uca1400_${language}_nopad_${kept}`] : []),
    `utf8mb4_uca1400_nopad_${kept}`,
    kept === 'ai_ci' ? 'utf8mb4_unicode_520_nopad_ci' : 'utf8mb4_nopad_bin',
  ]
}

/** MySQL 8's collations, and their nearest of MariaDB. */
const wanted: readonly (readonly [name: string, nearest: readonly string[]])[] = [
  ['utf8mb4_0900_bin', ['utf8mb4_nopad_bin']],
  ...strengths.flatMap((strength) => [
    [`utf8mb4_0900_${strength}`, nearest(null, strength)] as const,
    ...Object.entries(languages).map(
      ([code, language]) => [`utf8mb4_${code}_0900_${strength}`, nearest(language, strength)] as const,
    ),
  ]),
]

/**
 * Names for MySQL 8's collations on a server that knows these (as information_schema.COLLATIONS names them: without the
 * character set where a collation is for several). What it knows itself keeps its name. Pure.
 */
export function mapCollations(known: ReadonlySet<string>): Record<string, string> {
  const knows = (name: string) => known.has(name) || known.has(name.replace(/^utf8mb4_/, ''))
  return Object.fromEntries(
    wanted
      .filter(([name]) => !knows(name))
      .map(([name, choices]) => [name, choices.find(knows)])
      .filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}
