import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

const from = (files, message, ...patterns) => ({
  files,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: patterns, message, allowTypeImports: true }] }] },
})

/** Programs that act on trees by path: they would follow a link that a site's user puts there meanwhile. */
const byPath = {
  selector: 'ArrayExpression > Literal:first-child[value=/^(?:.*\\u002F)?(?:chown|chgrp|chmod|setfacl|find|rm|du|cp|mv|tar|rsync|install|ln|touch)$/]',
  message: 'Use lib/system/tree.ts: root acts by descriptors in trees that others can write to.',
}
const byPathInNode = {
  selector: 'ImportDeclaration[source.value=/^(?:node:)?fs(?:\\u002Fpromises)?$/] > :matches(ImportSpecifier[imported.name=/^(?:l?chown|l?chmod|rm|cp|glob|watch)(?:Sync)?$/], ImportDefaultSpecifier, ImportNamespaceSpecifier)',
  message: byPath.message,
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'lib/function/manifest.ts'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  vue.configs['flat/essential'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    rules: {
      'no-undef': 'off',
      'no-control-regex': 'off',
      'vue/multi-word-component-names': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['lib/**', 'functions/**', 'hooks/**', 'install/**/*.ts', 'admin/**'],
    rules: {
      'max-lines': ['error', 220],
      'max-lines-per-function': ['error', { max: 50, skipComments: true }],
    },
  },
  { files: ['lib/{agent,supervisor,drivers,system}/**'], rules: { 'no-restricted-syntax': ['error', byPath, byPathInNode] } },
  // The module itself, and logs in a directory that root owns.
  { files: ['lib/system/{tree,log-file}.ts'], rules: { 'no-restricted-syntax': 'off' } },
  // Commands that run as the site's user, or as certbot's.
  { files: ['lib/drivers/{pm2,certbot}/commands.ts'], rules: { 'no-restricted-syntax': ['error', byPathInNode] } },
  // Dependencies point one way: functions, hooks -> use-cases -> store and agent client; agent -> drivers -> system.
  from(['functions/**'], 'Functions call use-cases.', '**/drivers/**', '**/system/**', '**/store/**', 'execa', 'node:fs*'),
  from(['hooks/**'], 'Hooks call use-cases.', '**/drivers/**', '**/system/**', 'execa', 'node:fs*'),
  from(['lib/{account,alerts,audit,auth,bans,caches,certificates,databases,firewall,function,health,jobs,node,php,settings,sites,store,tokens,users,wishes}/**'], 'Use-cases speak to the agent, not to drivers.', '**/drivers/**', '!unstorage/drivers/**', 'execa'),
  from(['lib/*.ts'], 'The panel’s process executes nothing.', '**/drivers/**', '**/system/**', 'execa'),
  from(['lib/cli/**'], 'The command line speaks to the panel over HTTP, and knows its document alone.', '**/store/**', '**/auth/**', '**/function/**', '**/agent/**', '**/drivers/**', '**/system/**', '!**/system/socket-owner.ts', 'execa', 'valibot'),
  from(['lib/system/**'], 'What executes knows nothing above it.', '**/store/**', '**/auth/**', '**/function/**', '**/agent/**', '**/drivers/**'),
  from(['lib/agent/**'], 'The agent knows nothing of the panel.', '**/store/**', '**/auth/**', '**/function/**', 'execa'),
  {
    files: ['lib/drivers/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [
        { group: ['**/store/**', '**/auth/**', '**/function/**', '**/agent/**', 'execa'], message: 'Drivers know nothing above them.', allowTypeImports: true },
        { group: ['node:fs', 'node:fs/promises'], allowImportNames: ['existsSync', 'readFileSync'], message: 'lib/system writes.' },
      ] }],
    },
  },
)
