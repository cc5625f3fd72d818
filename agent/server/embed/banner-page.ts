import { escapedHtml } from '../../../shared/html.ts'
import type { BannerState } from './banner-state.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** The banner as a page by itself. It shows what is so before any script runs, and then keeps itself true. */
export function bannerPage(state: BannerState, theme: Theme): string {
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Readiness of the data</title>
<link rel="stylesheet" href="/embed/banner.css">
<main><div id="banner" role="status" data-verdict="${state.verdict}" data-live="${state.isLive}">
<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">${shapes}</svg>
<p><strong id="word">${escapedHtml(state.word)}</strong> <span id="text">${escapedHtml(state.text)}</span></p>
</div></main>
<script src="/embed/banner.js" defer></script>
</html>
`
}

/** One shape for each verdict, of which the style sheet shows one: never colour alone. */
const shapes = `
<circle data-shape="ready" cx="8" cy="8" r="6" />
<g data-shape="degraded"><circle cx="8" cy="8" r="5.5" class="outline" /><path d="M2.5 8a5.5 5.5 0 0 0 11 0z" /></g>
<path data-shape="not_ready" d="M8 2 15 14H1z" />
<circle data-shape="unknown" cx="8" cy="8" r="5.5" class="outline dashed" />
`

/** Colours as those of the console (renderer/theme/tokens.css). */
export const bannerStyle = `
:root {
  color-scheme: light;
  --text: #16191d; --unknown: #5a6270; --unknown-soft: #eef0f3;
  --ready: #0a7568; --ready-soft: #e2f4f1; --degraded: #8a5800; --degraded-soft: #fbf0d9; --not_ready: #b9252c; --not_ready-soft: #fdeaea;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --text: #e8eaed; --unknown: #a1aab6; --unknown-soft: #22262c;
  --ready: #45cdb8; --ready-soft: #12302c; --degraded: #e2b04d; --degraded-soft: #33290f; --not_ready: #ff8080; --not_ready-soft: #3b1c1e;
}
@media (prefers-color-scheme: dark) {
  :root[data-theme="auto"] {
    color-scheme: dark;
    --text: #e8eaed; --unknown: #a1aab6; --unknown-soft: #22262c;
    --ready: #45cdb8; --ready-soft: #12302c; --degraded: #e2b04d; --degraded-soft: #33290f; --not_ready: #ff8080; --not_ready-soft: #3b1c1e;
  }
}
body { margin: 0; font: 14px/1.4 Inter, system-ui, sans-serif; color: var(--text); }
#banner { display: flex; align-items: center; gap: 10px; padding: 10px 14px; border-radius: 6px; }
p { margin: 0; min-width: 0; overflow-wrap: anywhere; }
svg { flex: none; }
[data-shape] { display: none; }
.outline { fill: none; stroke: currentColor; stroke-width: 1.5; }
.dashed { stroke-dasharray: 3 2; }
${['ready', 'degraded', 'not_ready', 'unknown']
  .map(
    (verdict) => `#banner[data-verdict="${verdict}"] { background: var(--${verdict}-soft); }
#banner[data-verdict="${verdict}"] svg { color: var(--${verdict}); fill: var(--${verdict}); }
#banner[data-verdict="${verdict}"] [data-shape="${verdict}"] { display: inline; }`,
  )
  .join('\n')}
`

/** Milliseconds between two questions; a page that nobody looks at asks nothing. */
const askMs = 10_000

/**
 * Asks the agent again and again, and tells the page around how high the banner is. Only text is ever put in, and only where it is
 * another one, so that a reader of the screen hears it once.
 */
export const bannerScript = `
const banner = document.getElementById('banner')
const put = (id, text) => {
  const element = document.getElementById(id)
  if (element.textContent !== text) element.textContent = text
}
const show = ({ verdict, word, text, isLive }) => {
  banner.dataset.verdict = verdict
  banner.dataset.live = String(isLive)
  put('word', word)
  put('text', text)
}
const ask = async () => {
  try {
    const answer = await fetch('/embed/banner/state' + location.search, { credentials: 'omit', cache: 'no-store' })
    if (answer.status !== 429) show(await answer.json())
  } catch {
    show({ verdict: 'unknown', word: 'Not known', text: 'The agent does not answer. It is asked again.', isLive: true })
  }
}
const again = async () => {
  if (!document.hidden && banner.dataset.live === 'true') await ask()
  setTimeout(again, ${askMs})
}
setTimeout(again, ${askMs})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && banner.dataset.live === 'true') void ask()
})
new ResizeObserver(() => {
  parent.postMessage({ pipelineManagerBannerHeight: Math.ceil(banner.getBoundingClientRect().height) }, '*')
}).observe(banner)
`
