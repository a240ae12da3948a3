import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'
import { house } from './eslint.rules.js'

const from = (files, message, ...patterns) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ group: patterns, message, allowTypeImports: true }] },
    ],
  },
})

/** Programs that act on trees by path: they would follow a link that a site's user puts there meanwhile. */
const pathPrograms = 'chown|chgrp|chmod|setfacl|find|rm|du|cp|mv|tar|rsync|install|ln|touch'
const byPath = {
  selector: `ArrayExpression > Literal:first-child[value=/^(?:.*\\u002F)?(?:${pathPrograms})$/]`,
  message: 'Use lib/system/tree.ts: root acts by descriptors in trees that others can write to.',
}
const pathFunctions = 'ImportSpecifier[imported.name=/^(?:l?chown|l?chmod|rm|cp|glob|watch)(?:Sync)?$/]'
const byPathInNode = {
  selector:
    'ImportDeclaration[source.value=/^(?:node:)?fs(?:\\u002Fpromises)?$/] > ' +
    `:matches(${pathFunctions}, ImportDefaultSpecifier, ImportNamespaceSpecifier)`,
  message: byPath.message,
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'functions/manifest.ts'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  vue.configs['flat/essential'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    plugins: { house },
    rules: {
      'house/docs': 'error',
      'no-undef': 'off',
      'no-control-regex': 'off',
      'max-len': ['error', { code: 120, tabWidth: 2 }],
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
  {
    files: ['lib/{agent,supervisor,drivers,system}/**'],
    rules: { 'no-restricted-syntax': ['error', byPath, byPathInNode] },
  },
  // The module itself, and logs in a directory that root owns.
  { files: ['lib/system/{tree,give,log-file}.ts'], rules: { 'no-restricted-syntax': 'off' } },
  // Commands that run as the site's user, or as certbot's.
  { files: ['lib/drivers/{pm2,certbot}/commands.ts'], rules: { 'no-restricted-syntax': ['error', byPathInNode] } },
  {
    files: ['lib/**', 'functions/**', 'hooks/**', 'install/**/*.ts', 'admin/**'],
    rules: { 'house/imports': 'error' },
  },
  from(['functions/**', 'hooks/**'], 'The panel’s use-cases read and write.', 'execa', 'node:fs*'),
  from(
    ['lib/{agent,cli,drivers,model,panel,proc,rpc,supervisor}/**'],
    'lib/system executes.',
    'execa',
    'node:child_process',
  ),
  from(['lib/cli/**'], 'The command line knows the panel’s document alone.', 'execa', 'node:child_process', 'valibot'),
  {
    files: ['lib/drivers/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['execa', 'node:child_process'], message: 'lib/system executes.', allowTypeImports: true },
            {
              group: ['node:fs', 'node:fs/promises'],
              allowImportNames: ['existsSync', 'readFileSync'],
              message: 'lib/system writes.',
            },
          ],
        },
      ],
    },
  },
)
