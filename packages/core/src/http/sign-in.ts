// The form that takes the token: no script, one small style, nothing from elsewhere.
import type { PerfResponse } from '../types/http.js'
import { contentSecurityPolicy, newNonce } from './respond.js'

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{display:grid;place-content:center;min-height:100vh;margin:0}
form{display:grid;gap:.75rem;width:min(20rem,90vw)}
h1{font-size:1.15rem;margin:0}
p{margin:0}
label{display:grid;gap:.25rem}
input,button{font:inherit;padding:.5rem .6rem}
.error{font-weight:600}`

export interface SignInOptions {
  basePath: string
  serviceName: string
  status: 401 | 429
  /** What was wrong with the last attempt. */
  message: string | null
  headers: Record<string, string>
}

export function signInPage(options: SignInOptions): PerfResponse {
  const { basePath, serviceName, status, message, headers } = options
  const nonce = newNonce()
  const error = message === null ? '' : `\n<p class="error" role="alert">${escapeHtml(message)}</p>`
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · ${escapeHtml(serviceName)}</title>
<style nonce="${nonce}">${STYLE}</style>
<form method="post" action="${escapeHtml(basePath)}/session">
<h1>perf-monitor · ${escapeHtml(serviceName)}</h1>${error}
<label>Token<input type="password" name="token" required autofocus autocomplete="current-password"></label>
<button>Sign in</button>
</form>
</html>
`
  const policy = contentSecurityPolicy([`style-src 'nonce-${nonce}'`, "form-action 'self'"])
  // with no-referrer the browser would post `Origin: null`, which the same-origin check must refuse
  return { status, headers: { ...policy, ...headers, 'Referrer-Policy': 'same-origin' }, body }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
