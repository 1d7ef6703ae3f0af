/**
 * The looks of the player: everything fits into 320 × 120 pixels, the waveform takes what room there is beyond. Colours
 * keep 4.5:1 for text and 3:1 for what is drawn, on light and dark (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const playerStyle = `
:root{color-scheme:light dark;--back:#fff;--text:#1a1a1f;--soft:#5b5b66;--line:#8a8a98;--accent:#6d28d9;--on:#fff}
@media (prefers-color-scheme:dark){:root{--back:#16161b;--text:#f3f3f6;--soft:#a9a9b8;--line:#737386;--accent:#b79cff;--on:#16161b}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html,body{height:100%;margin:0}
body{background:var(--back);color:var(--text);font:14px/1.35 system-ui,sans-serif}
main{display:flex;gap:12px;height:100%;min-height:104px;max-height:240px;padding:10px;overflow:hidden}
.cover{flex:none;width:auto;height:100%;max-height:220px;aspect-ratio:1;border-radius:6px;object-fit:cover}
.side{flex:1;min-width:0;display:flex;flex-direction:column;gap:6px}
.head{display:flex;align-items:center;gap:10px}
.names{flex:1;min-width:0}
h1,p{margin:0;font-size:inherit;font-weight:inherit}
h1,.artist{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;unicode-bidi:isolate}
h1{font-weight:600}
.artist{color:var(--soft)}
a{color:inherit;text-decoration:none}
a:hover{text-decoration:underline}
.home{align-self:flex-start;color:var(--soft);font-size:12px}
button{flex:none;width:40px;height:40px;padding:0;border:0;border-radius:50%;background:var(--accent);color:var(--on);cursor:pointer}
button svg{display:block;width:20px;height:20px;margin:auto;fill:currentColor}
.playing .to-play,.to-pause{display:none}
.playing .to-pause{display:block}
.track{flex:1;min-height:24px;display:flex;align-items:center;gap:10px}
#seek{flex:1;height:100%;min-width:40px;border-radius:4px;cursor:pointer;touch-action:none}
#seek svg{display:block;width:100%;height:100%;fill:none;stroke:var(--line);stroke-width:10}
#played{stroke:var(--accent)}
.time{flex:none;color:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
#message:not(:empty){font-size:12px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
h1:focus-within,.names:focus-within{overflow:visible}
audio{width:100%}
.notice{display:block;max-height:none;overflow:visible}
.notice p{margin-top:4px;color:var(--soft)}
.notice a{text-decoration:underline}
@media (max-width:399px){.home{display:none}}
@media (max-width:299px){.cover{display:none}}
@media (forced-colors:active){#seek svg{stroke:GrayText}#played{stroke:Highlight}}
`
