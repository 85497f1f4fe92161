"""How the report looks: on a desk, on a phone, by day and by night, and on paper."""

STYLE = """
:root{color-scheme:light dark;--ink:#16202b;--soft:#566270;--line:#dde3e9;--paper:#fff;
--ground:#f2f5f7;--accent:#1f5f6b;--bad:#d73027;--mid:#fee090;--good:#4575b4;--silent:#d6dde4;
--grid:#e7ecf0}
@media(prefers-color-scheme:dark){:root{--ink:#edf1f5;--soft:#a7b2bd;--line:#2f3943;--paper:#1a2129;
--ground:#10151a;--accent:#7cc4d0;--bad:#f46d5b;--good:#74a9e0;--silent:#3b4651;--grid:#29323b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:70rem;margin:0 auto;padding:2.25rem 1.25rem 3rem}
.brand{display:flex;align-items:center;gap:.6rem;color:var(--accent);font-weight:600;
margin:0 0 .5rem}
.brand svg{width:1.75rem;height:1.75rem;flex:none}
h1{font-size:2rem;line-height:1.15;letter-spacing:-.01em;margin:0}
h2{font-size:1.15rem;margin:0}h2+p{margin:.15rem 0 1rem}
.soft{color:var(--soft)}header p{margin:.4rem 0 0}
section,.tile{background:var(--paper);border:1px solid var(--line);border-radius:14px}
section{padding:1.25rem 1.5rem 1.4rem;margin-top:1rem;min-width:0}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:1rem;margin:1.5rem 0 0}
.tile{padding:1rem 1.15rem}.tile dt{color:var(--soft);font-size:.9rem}
.tile dd{margin:.1rem 0 0;font-size:1.9rem;line-height:1.15;font-weight:650;letter-spacing:-.01em}
.tile dd.more{font-size:.85rem;line-height:1.35;font-weight:400;color:var(--soft);letter-spacing:0;
margin-top:.25rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 1rem}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.25rem;list-style:none;margin:.75rem 0 0;padding:0;
font-size:.9rem;color:var(--soft)}
.legend li{display:flex;align-items:center;gap:.45rem}.legend svg{width:14px;height:14px;flex:none}
.phone{display:none}svg{display:block;width:100%;height:auto}
svg rect{stroke:none}.legend rect{stroke:none}
svg text{fill:var(--ink);font:13px system-ui,"Segoe UI","Noto Sans",sans-serif}
svg text.soft{fill:var(--soft)}svg text.small{font-size:11.5px;font-weight:650}
.axis{stroke:var(--soft);fill:none;stroke-width:1}.grid{stroke:var(--grid);fill:none}
.area{fill:var(--good);opacity:.22}.line{fill:none;stroke:var(--good);stroke-width:2;
stroke-linejoin:round}.disc{fill:var(--paper)}
.bar{margin-bottom:1.1rem}.bar svg{border-radius:6px}
.patterns{position:absolute}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:right;padding:.45rem .75rem;border-bottom:1px solid var(--line);font-weight:400;
white-space:nowrap}
tr:last-child>*{border-bottom:0}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-size:.88rem}th.text,td.text{text-align:left}
td.text{white-space:normal;min-width:9rem}caption{display:none}
.models td:nth-child(2){overflow-wrap:normal;white-space:nowrap}
code{font:.88em ui-monospace,"DejaVu Sans Mono",monospace}
summary{cursor:pointer;color:var(--accent);font-weight:600}
summary:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:4px}
ul.plain{margin:.5rem 0 0;padding-left:1.15rem}ul.plain li{margin:.3rem 0}
footer{color:var(--soft);font-size:.9rem;margin-top:1.25rem}
@media(max-width:60rem){.tiles{grid-template-columns:repeat(3,1fr)}}
@media(max-width:44rem){.models thead{position:absolute;clip-path:inset(50%)}
.models tr{display:grid;padding:.4rem 0;border-bottom:1px solid var(--line)}
.models tr>*{border:0;padding:.05rem 0;text-align:start}
main{padding:1.25rem .75rem 2rem}h1{font-size:1.5rem}
.tiles{grid-template-columns:1fr 1fr;gap:.6rem;margin-top:1rem}.tile{padding:.75rem .9rem}
.tile dd{font-size:1.5rem}.tile:first-child{grid-column:1/3}
section{padding:1rem;margin-top:.75rem}.pair{grid-template-columns:1fr}
.desk{display:none}.phone{display:block}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--ground:#fff;
--accent:#1f5f6b;--bad:#d73027;--good:#4575b4;--silent:#d6dde4;--grid:#e7ecf0}
@page{margin:14mm}main{max-width:none;padding:0}body{font-size:10.5pt}
section,.tile{break-inside:avoid}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
