"""How the page looks: on a screen by day and by night, and on paper.

Red-blue classes hold for colour-blind people, and each has a pattern, a face and a word as well.
"""

STYLE = """
:root{color-scheme:light dark;--ink:#16202b;--soft:#566270;--line:#d5dbe1;--paper:#fff;
--ground:#f3f5f7;--bad:#d73027;--mid:#fee090;--good:#4575b4;--edge:#333c46;--silent:#dfe3e8}
@media(prefers-color-scheme:dark){:root{--ink:#edf1f5;--soft:#a7b2bd;--line:#3a444f;--paper:#1b222a;
--ground:#12171c;--bad:#f46d5b;--good:#74a9e0;--edge:#c6ced6;--silent:#333d47}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 3rem}
h1{font-size:1.9rem;line-height:1.2;margin:0}h2{font-size:1.25rem;margin:0 0 .75rem}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}
h4{font-size:1rem;font-weight:500;margin:1.25rem 0 .25rem}
.id{color:var(--soft);font-weight:400;font-size:.8rem;unicode-bidi:isolate;overflow-wrap:anywhere}
.parts{list-style:none;padding:0;margin:.75rem 0}.parts li{display:grid;align-items:baseline;
grid-template-columns:minmax(8rem,14rem) 3.5rem 1fr;gap:.75rem;padding:.25rem 0;
border-bottom:1px solid var(--line)}.parts b{text-align:end}
details{margin:.75rem 0}summary{cursor:pointer;color:var(--soft)}
header p,.soft{color:var(--soft);margin:.25rem 0}
section{background:var(--paper);border:1px solid var(--line);border-radius:12px;
padding:1.25rem 1.5rem;margin-top:1.25rem}
.classes{display:grid;grid-template-columns:repeat(3,1fr);gap:1rem;margin:1rem 0}
.class{display:grid;grid-template-columns:auto 1fr;column-gap:.75rem;align-items:center}
.class svg{width:44px;height:44px;grid-row:span 2}
.class b{font-size:1.6rem;line-height:1.35}.class span{color:var(--soft);font-size:.9rem}
.facts{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;margin:0}
.facts div{min-width:9rem}
.facts dt{color:var(--soft);font-size:.9rem}.facts dd{margin:0;font-size:1.35rem;font-weight:600}
.facts dd small{display:block;font-size:.85rem;font-weight:400;color:var(--soft)}
svg{direction:ltr}.drawn{direction:ltr}svg.bar{display:block;width:100%;margin:.5rem 0}
svg.chart{display:block;width:100%;min-width:32rem;height:auto;margin:.5rem 0;color:var(--ink)}
svg text{fill:var(--ink);font:13px system-ui,"Noto Sans",sans-serif}svg text.soft{fill:var(--soft)}
.patterns{position:absolute}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
caption{text-align:start;color:var(--soft);font-size:.9rem;padding:.25rem 0}
td.text{min-width:6rem}table.numbers{width:auto;min-width:50%}
th,td{text-align:end;padding:.35rem .6rem;border-bottom:1px solid var(--line);font-weight:400;
vertical-align:top}
th.text,td.text{text-align:start}td.number{white-space:nowrap}
td svg{display:block;width:11rem;height:14px}thead th{color:var(--soft);font-size:.9rem}
.note{border-inline-start:4px solid var(--edge);padding:.25rem .75rem;margin:.75rem 0}
ul{margin:.5rem 0;padding-inline-start:1.25rem}
.counters{list-style:none;padding:0;margin:.25rem 0 .75rem;max-width:44rem}
.counters li{display:grid;grid-template-columns:auto 1fr;gap:0 .75rem;padding:.5rem 0;
border-bottom:1px solid var(--line)}
.counters span{text-align:end}.counters small{grid-column:1/-1;color:var(--soft)}
footer{color:var(--soft);font-size:.9rem;margin-top:1.5rem}
[dir=rtl] svg.bar,[dir=rtl] td svg{transform:scaleX(-1)}[dir=rtl] .class b{line-height:1.6}
@media(max-width:36rem){.classes{grid-template-columns:1fr}section{padding:1rem}
th,td{padding:.3rem .25rem}table.numbers{width:100%}
td svg{width:5.5rem}.parts li{grid-template-columns:1fr auto}
.parts .soft{grid-column:1/-1}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--ground:#fff;
--bad:#d73027;--good:#4575b4;--edge:#333c46;--silent:#e4e8ec}
@page{margin:14mm}body{font-size:11pt}main{max-width:none;padding:0}
section{border:0;border-top:1px solid var(--line);border-radius:0;padding:4mm 0;margin-top:4mm}
.chart,.class,tr,.facts div{break-inside:avoid}h2,h3,caption{break-after:avoid}
svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
