import { expect, it } from 'vitest'
import { externalUrl } from '../../main/external-links.ts'

it.each<[string, string | null]>([
  ['https://platform.openai.com/api-keys', 'https://platform.openai.com/api-keys'],
  ['HTTPS://Example.com', 'https://example.com/'],
  ['http://localhost:11434', 'http://localhost:11434/'],
  ['http://127.0.0.1:8080/v1', 'http://127.0.0.1:8080/v1'],
  ['http://[::1]:8080/', 'http://[::1]:8080/'],
  ['http://example.com', null],
  ['http://127.0.0.1.evil.example', null],
  ['https://user:secret@example.com', null],
  ['file:///etc/passwd', null],
  ['smb://host/share', null],
  ['ms-msdt:/id', null],
  ['vscode://file/x', null],
  ['mailto:a@example.com', null],
  ['javascript:alert(1)', null],
  ['app://console/index.html', null],
  ['not a url', null],
  [`https://example.com/${'a'.repeat(3000)}`, null],
])('opens %s as %j', (text, expected) => {
  expect(externalUrl(text)).toBe(expected)
})
