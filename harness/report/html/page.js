"use strict";
// What is opened, filtered and chosen. All of it is worked out from the observations in #data, whose
// lists are told in harness/report/compact.py. Text only ever becomes text: nothing is parsed as HTML.
(() => {
  const D = JSON.parse(document.getElementById("data").textContent);
  const LIB = 0, REL = 1, MORE = 50, FEW = 120;
  // The verdicts, and one more: what is compatible but for a named problem that some applications meet.
  const [COMPATIBLE, INCOMPATIBLE, UNSUPPORTED, IMPOSSIBLE, INCONCLUSIVE, EXCEPT] = [0, 1, 2, 3, 4, 5];
  const KINDS = 6;
  const WORD = ["works", "fails", "unsupported", "impossible", "unknown", "works, except"];
  const ENDS = ["works", "works, except", "partly", "fails", "unsupported", "impossible", "unknown", "no cell"];
  const P = D.patterns.length, R = D.axes[REL][1].length, L = D.axes[LIB][1].length;
  const shortLevel = (axis, level) => (axis === LIB ? D.libraries[level] : D.axes[axis][1][level]);
  const text = (n) => (n < 0 ? "" : D.texts[n]);
  const cells = D.cells.map((c, at) => ({
    at, id: c[0], levels: c[1], adapter: text(c[2]), requirements: c[3], companions: c[4],
    environment: D.environments[c[5]], ending: text(c[6]), message: text(c[7]), controls: c[8],
    suites: c[9], judgements: c[10], tracebacks: c[11],
  }));
  const verdicts = new Int8Array(cells.length * P).fill(-1);
  for (const c of cells) for (let p = 0; p < P; p++) {
    const told = c.judgements[p] < 0 ? null : D.judgements[c.judgements[p]];
    if (told) verdicts[c.at * P + p] = D.states[told[4]] === "works-except" ? EXCEPT : told[0];
  }
  const works = (verdict) => verdict === COMPATIBLE || verdict === EXCEPT;
  const good = (n) => n[COMPATIBLE] + n[EXCEPT];
  const tallyOf = (found, p) => {
    const n = new Array(KINDS).fill(0);
    for (const c of found) if (verdicts[c.at * P + p] >= 0) n[verdicts[c.at * P + p]]++;
    return n;
  };
  const $ = (id) => document.getElementById(id);

  function h(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.flat().filter((one) => one != null && one !== ""));
    return node;
  }
  const number = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const patternNode = (p) => h("span", {}, h("code", {}, D.bases[p]), D.inside[p] ? h("small", {}, " in a context") : "");
  const patternText = (p) => D.bases[p] + (D.inside[p] ? " in a context" : "");
  const packages = (c) => c.environment[2].map(text);
  function exact(c, axis) {
    const name = D.axes[axis][0];
    const level = D.axes[axis][1][c.levels[axis]] ?? "";
    if (axis === LIB || name === "python") return level;
    const found = packages(c).find((one) => one.startsWith(name + "=="));
    return found ? found.slice(name.length + 2) : level;
  }

  // Sums: the same as harness/report/tally.py and to_html.shown, which a test holds against these.
  function standing(n) {
    if (n[INCOMPATIBLE]) return good(n) ? "partly" : "fails";
    if (n[INCONCLUSIVE]) return "unknown";
    if (good(n)) return n[EXCEPT] ? "works, except" : "works";
    if (n[UNSUPPORTED]) return "unsupported";
    return n[IMPOSSIBLE] ? "impossible" : "no cell";
  }
  function shown(n) {
    const whole = standing(n), measured = good(n) + n[INCOMPATIBLE];
    const beside = [[n[EXCEPT], "with an exception"], [n[INCONCLUSIVE], "not known"], [n[UNSUPPORTED], "unsupported"], [n[IMPOSSIBLE], "impossible"]]
      .filter(([count]) => count).map(([count, word]) => `${count} ${word}`).join(", ");
    const share = `${good(n)} of ${measured}`;
    if (whole === "no cell") return { whole, text: "not tested", beside: "" };
    if (whole === "unsupported" || whole === "impossible") return { whole, text: whole, beside: "" };
    if (whole === "unknown") return measured ? { whole, text: share, beside } : { whole, text: "not known", beside: "" };
    return { whole, text: share, beside };
  }
  function together(rows) {
    const found = rows.filter((one) => one.whole !== "no cell");
    const tested = found.map((one) => one.whole);
    // Only what was measured in all cells can be told the best of them.
    const most = Math.max(0, ...found.map((one) => one.seen));
    const everywhere = found.filter((one) => one.seen === most).map((one) => one.whole);
    if (!tested.length) return { whole: "no cell", text: "not tested", beside: "" };
    const excepted = tested.filter((one) => one === "works, except").length;
    const works = tested.filter((one) => one === "works").length + excepted;
    const best = ["works", "works, except", "partly", "unknown", "fails", "unsupported", "impossible"].find((one) => everywhere.includes(one));
    const partly = tested.filter((one) => one === "partly").length;
    const beside = [[excepted, "with an exception"], [partly, "in part"]].filter(([count]) => count).map(([count, word]) => `${count} ${word}`).join(", ");
    return { whole: best, text: `${works} of ${tested.length} patterns`, beside };
  }

  // The matrix -------------------------------------------------------------------------------------
  // Many rows are folded at first: what is folded costs nothing to filter.
  const rows = [];
  let fewRows = true;
  const isOpen = (group) => group.asked ?? fewRows;
  const groups = [...document.querySelectorAll("#table tbody")].map((body, lib) => {
    const mine = cells.filter((c) => c.levels[LIB] === lib);
    const names = D.patterns.map((_, p) => p).filter((p) => !D.controls_of[p] && mine.some((c) => c.judgements[p] >= 0));
    const [head, ...lines] = body.rows;
    const name = head.cells[0];
    const toggle = h("button", { type: "button", "aria-expanded": "true" }, name.textContent);
    name.replaceChildren(toggle);
    const group = { lib, body, head, toggle, asked: null, fields: [...head.cells].slice(1).map((td) => ({ td, key: "" })), rows: [] };
    toggle.addEventListener("click", () => { group.asked = !isOpen(group); paint(group); });
    lines.forEach((line, at) => {
      const row = { p: names[at], lib, line, fields: [], says: [] };
      [...line.cells].slice(1).forEach((td, rel) => {
        const button = h("button", { type: "button", tabindex: "-1" });
        button.append(...td.childNodes);
        td.append(button);
        td.className = "opens";
        const one = { td, button, row, rel, key: "" };
        button.field = one;
        row.fields.push(one);
      });
      rows.push(row);
      group.rows.push(row);
    });
    return group;
  });
  const table = $("table");
  // The style sheet lays the table out by rows, which some browsers take for no table any more.
  const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", "thead th": "columnheader", "tbody th": "rowheader", td: "cell" };
  table.setAttribute("role", "table");
  for (const [kind, role] of Object.entries(ROLES)) for (const node of table.querySelectorAll(kind)) node.setAttribute("role", role);
  table.addEventListener("click", (event) => {
    const button = event.target.closest("td > button");
    if (button) openField(button.field.row.lib, button.field.rel, button.field.row.p, button);
  });
  // One stop for the tab key; the arrows go on from there.
  let current = null;
  function stopAt(button, focus) {
    if (current) current.tabIndex = -1;
    current = button;
    if (!button) return;
    button.tabIndex = 0;
    if (focus) button.focus();
  }
  table.addEventListener("focusin", (event) => {
    if (event.target.field) stopAt(event.target, false);
  });
  table.addEventListener("keydown", (event) => {
    const field = event.target.field;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!field || (!step && !["Home", "End"].includes(event.key))) return;
    const seen = rows.filter((row) => !row.line.hidden);
    const at = seen.indexOf(field.row);
    const row = seen[Math.max(0, Math.min(seen.length - 1, at + (step ? step[0] : 0)))];
    const rel = event.key === "Home" ? 0 : event.key === "End" ? R - 1 : field.rel + step[1];
    event.preventDefault();
    stopAt(row.fields[Math.max(0, Math.min(R - 1, rel))].button, true);
  });

  // Filters ----------------------------------------------------------------------------------------
  const only = { axes: D.axes.map(() => new Set()), bases: new Set(), place: new Set(), ends: new Set(), q: "", cause: -1 };
  const form = $("filters");
  const chips = [];
  function fieldset(title, key, values, chosen, label) {
    const set = h("fieldset", {}, h("legend", {}, title));
    values.forEach((value, at) => {
      const box = h("input", { type: "checkbox", onchange: () => { box.checked ? chosen.add(at) : chosen.delete(at); apply(); } });
      chips.push({ key, box, chosen, at, value });
      set.append(h("label", { class: "chip" }, box, h("span", {}, label ? label(value, at) : value)));
    });
    return set;
  }
  const bases = [...new Set(D.patterns.map((_, p) => p).filter((p) => !D.controls_of[p] && D.patterns[p] !== D.neutral).map((p) => D.bases[p]))];
  const places = ["outside a context", "in a context"];
  const search = h("input", { type: "search", id: "q", placeholder: "package, version, error, cell …", oninput: () => { only.q = search.value; apply(); } });
  const reset = h("button", { type: "button", onclick: () => { clear(); apply(); } }, "show all");
  const fold = h("button", { type: "button", onclick: () => {
    const open = groups.every((group) => !isOpen(group));
    for (const group of groups) { group.asked = open; paint(group); }
  } }, "fold or unfold all");
  const causeNote = h("p", { hidden: true });
  const box = h("details", { id: "axes" }, h("summary", {}, "Filter by axis, pattern and result"),
    D.axes.map(([name, levels], axis) => levels.length > 1 || axis < 2 ? fieldset(D.axis_titles[axis], name, levels, only.axes[axis], (_, at) => shortLevel(axis, at)) : ""),
    fieldset("pattern", "pattern", bases, only.bases),
    fieldset("views added", "place", places, only.place),
    fieldset("fields that say", "result", ENDS, only.ends, (one) => `${D.symbols[one]} ${one}`));
  form.append(h("div", { class: "top" }, h("label", {}, "Search ", search), reset, fold), causeNote, box);
  form.addEventListener("submit", (event) => event.preventDefault());

  let hay = null;
  function haystacks() {
    hay ??= cells.map((c) => {
      const told = new Set();
      for (const j of c.judgements) if (j >= 0) for (const one of D.judgements[j][1]) told.add(one);
      return [c.id, D.axes[LIB][1][c.levels[LIB]], c.ending, c.message, text(c.environment[0]), ...packages(c), ...[...told].map(text)].join("\n").toLowerCase();
    });
    return hay;
  }
  (window.requestIdleCallback || setTimeout)(() => haystacks());

  let matching = [];
  let counts = new Int32Array(0);
  function match() {
    const tokens = only.q.toLowerCase().split(/\s+/).filter(Boolean);
    const stacks = tokens.length ? haystacks() : null;
    const cause = only.cause < 0 ? null : new Set(D.causes[only.cause].cells);
    const active = only.axes.map((chosen, axis) => [axis, chosen]).filter(([, chosen]) => chosen.size);
    return cells.filter((c) =>
      active.every(([axis, chosen]) => chosen.has(c.levels[axis])) &&
      (!cause || cause.has(c.at)) && (!stacks || tokens.every((one) => stacks[c.at].includes(one))));
  }
  function sum(found) {
    const n = new Int32Array(L * R * P * KINDS);
    for (const c of found) {
      if (c.levels[LIB] < 0 || c.levels[REL] < 0) continue;
      const base = (c.levels[LIB] * R + c.levels[REL]) * P;
      for (let p = 0; p < P; p++) {
        const verdict = verdicts[c.at * P + p];
        if (verdict >= 0) n[(base + p) * KINDS + verdict]++;
      }
    }
    return n;
  }
  const tallied = (n, lib, rel, p) => n.subarray(((lib * R + rel) * P + p) * KINDS, ((lib * R + rel) * P + p + 1) * KINDS);

  // A field keeps its nodes: text that changes costs less than nodes that are made.
  function put(field, one, parent) {
    const key = `${one.whole}|${one.text}|${one.beside}`;
    if (field.key === key) return;
    field.key = key;
    if (field.whole !== one.whole) field.td.dataset.s = field.whole = one.whole;
    if (!field.parts) {
      field.parts = [h("b"), h("span", { class: "vh" }), new Text(), h("small")];
      parent.replaceChildren(field.parts[0], " ", ...field.parts.slice(1));
    }
    const [symbol, word, told, beside] = field.parts;
    symbol.textContent = D.symbols[one.whole];
    word.textContent = `${one.whole}: `;
    told.data = one.text;
    if (beside.textContent !== one.beside) beside.textContent = one.beside;
    beside.hidden = !one.beside;
  }
  function paint(group) {
    const open = isOpen(group);
    let seen = 0;
    for (const row of group.rows) {
      const hidden = !row.fits || !open;
      if (row.line.hidden !== hidden) row.line.hidden = hidden;
      if (!hidden) row.fields.forEach((field, rel) => put(field, row.says[rel], field.button));
      if (row.fits) seen++;
    }
    if (group.body.hidden !== !seen) group.body.hidden = !seen;
    group.toggle.setAttribute("aria-expanded", String(open));
    if (!current || current.field.row.line.hidden) {
      const first = rows.find((row) => !row.line.hidden);
      stopAt(first ? first.fields[0].button : null, false);
    }
  }
  function apply() {
    const began = performance.now();
    matching = match();
    counts = sum(matching);
    const narrowed = matching.length < cells.length;
    let shownRows = 0;
    for (const group of groups) {
      const columns = D.axes[REL][1].map(() => []);
      for (const row of group.rows) {
        let any = false, says = !only.ends.size;
        row.fields.forEach((field, rel) => {
          const n = tallied(counts, group.lib, rel, row.p);
          const one = shown(n);
          if (one.whole !== "no cell") any = true;
          if (only.ends.has(ENDS.indexOf(one.whole))) says = true;
          columns[rel].push({ whole: one.whole, seen: n.reduce((all, count) => all + count, 0) });
          row.says[rel] = one;
        });
        row.fits = says && (any || !narrowed) && (!only.bases.size || only.bases.has(bases.indexOf(D.bases[row.p]))) &&
          (!only.place.size || only.place.has(D.inside[row.p] ? 1 : 0));
        if (row.fits) shownRows++;
      }
      group.fields.forEach((field, rel) => put(field, together(columns[rel]), field.td));
    }
    fewRows = shownRows <= FEW;
    groups.forEach(paint);
    const told = `${matching.length} of ${number(cells.length, "cell")}, ${shownRows} of ${number(rows.length, "row")}` +
      (shownRows ? "" : ": nothing fits all the filters");
    $("status").textContent = told;
    causeNote.hidden = only.cause < 0;
    if (only.cause >= 0) causeNote.textContent = `Only the cells with C${D.causes[only.cause].number}: ${D.causes[only.cause].text}`;
    if ($("cells").open) list();
    remember();
    performance.measure("filter", { start: began, end: performance.now() });
  }
  function clear() {
    for (const chip of chips) { chip.box.checked = false; chip.chosen.clear(); }
    only.q = search.value = "";
    only.cause = -1;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.only");
    if (!button) return;
    clear();
    only.cause = D.causes.findIndex((one) => one.number === Number(button.dataset.number));
    apply();
    $("matrix").scrollIntoView();
    search.focus({ preventScroll: true });
  });

  // The cells that match, a page at a time ----------------------------------------------------------
  let listed = MORE;
  function list() {
    const shownCells = matching.slice(0, listed);
    const body = h("tbody", {}, shownCells.map((c) => {
      const fine = D.patterns.filter((_, p) => !D.controls_of[p] && works(verdicts[c.at * P + p])).length;
      const all = D.patterns.filter((_, p) => !D.controls_of[p] && verdicts[c.at * P + p] >= 0).length;
      return h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", onclick: (event) => openCell(c, -1, event.currentTarget) }, c.id)),
        h("td", {}, text(c.environment[0])), h("td", {}, c.ending), h("td", {}, `${fine} of ${all}`));
    }));
    const more = matching.length - shownCells.length;
    $("cell-list").replaceChildren(
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "the cells that match" },
        h("table", { class: "plain" }, h("caption", {}, `${shownCells.length} of the ${number(matching.length, "cell")} that match`),
          h("thead", {}, h("tr", {}, ["cell", "environment", "ending", "patterns that work"].map((one) => h("th", { scope: "col" }, one)))), body)),
      more > 0 ? h("p", {}, h("button", { type: "button", onclick: () => { listed += MORE; list(); } }, `show ${Math.min(more, MORE)} more`)) : "");
  }
  $("cells").addEventListener("toggle", () => { listed = MORE; if ($("cells").open) list(); });

  // The cells behind a field, and what was observed in one of them --------------------------------
  const dialog = $("detail");
  let opener = null, before = "";
  function openField(lib, rel, p, from) {
    const found = matching.filter((c) => c.levels[LIB] === lib && c.levels[REL] === rel && c.judgements[p] >= 0);
    show(found, p, D.libraries[lib], `Flask-Admin ${D.axes[REL][1][rel]}`, null, from);
  }
  function openCell(c, p, from) {
    const chosen = p >= 0 ? p : D.patterns.findIndex((_, one) => c.judgements[one] >= 0);
    const among = matching.includes(c) ? matching : cells;
    const found = among.filter((one) => one.levels[LIB] === c.levels[LIB] && one.levels[REL] === c.levels[REL] && one.judgements[chosen] >= 0);
    show(found.length ? found : [c], chosen, D.libraries[c.levels[LIB]], `Flask-Admin ${D.axes[REL][1][c.levels[REL]]}`, c, from);
  }
  function show(found, p, library, release, chosen, from) {
    opener = from || null;
    if (!dialog.open) before = location.hash;
    $("detail-title").textContent = `${library}, ${release}`;
    const body = $("detail-body");
    const order = [INCOMPATIBLE, INCONCLUSIVE, EXCEPT, COMPATIBLE, UNSUPPORTED, IMPOSSIBLE];
    found = [...found].sort((a, b) => order.indexOf(verdicts[a.at * P + p]) - order.indexOf(verdicts[b.at * P + p]));
    const panel = h("section", { "aria-label": "one cell" });
    const lines = [];
    const axes = D.axes.map((_, axis) => axis).filter((axis) => axis > REL && D.axes[axis][1].length > 1);
    let from_ = 0;
    const tbody = h("tbody");
    const moreLine = h("p");
    function fill() {
      const page = found.slice(from_, from_ + MORE);
      from_ += page.length;
      for (const c of page) {
        const line = h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", onclick: () => pick(c) }, "open"), h("span", { class: "vh" }, ` ${c.id}`)),
          axes.map((axis) => h("td", { "data-label": D.axis_titles[axis] }, exact(c, axis))),
          h("td", { "data-label": "verdict" }, verdictTag(verdicts[c.at * P + p])),
          h("td", { "data-label": "because" }, because(c, p)[0] || named(c, p, 5).map((one) => `except for ${plain(one.needs)}`).join("; ")));
        lines.push([c, line]);
        tbody.append(line);
      }
      moreLine.replaceChildren(...(from_ < found.length ? [h("button", { type: "button", onclick: fill }, `show ${Math.min(MORE, found.length - from_)} more of ${found.length}`)] : []));
    }
    function pick(c) {
      for (const [one, line] of lines) one === c ? line.setAttribute("aria-current", "true") : line.removeAttribute("aria-current");
      panel.replaceChildren(...oneCell(c, p));
      write(fragment({ cell: c.id, pattern: D.patterns[p] }));
    }
    const sums = shown(tallyOf(found, p));
    body.replaceChildren(
      h("p", {}, patternNode(p), D.about[p] ? [": ", ...rich(D.about[p])] : "", " ", tag(sums.whole, [sums.text, sums.beside].filter(Boolean).join(", "))),
      found.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "the cells behind this field" },
        h("table", { class: "plain stack" }, h("caption", {}, `${number(found.length, "cell")} with ${library}, ${release} and ${patternText(p)}`),
          h("thead", {}, h("tr", {}, ["", ...axes.map((axis) => D.axis_titles[axis]), "verdict", "because"].map((one) => one ? h("th", { scope: "col" }, one) : h("td", {})))), tbody)) :
        h("p", {}, "The plan has no cell for this: nothing was tested, so nothing is said."),
      moreLine, panel);
    if (found.length) {
      fill();
      pick(chosen && found.includes(chosen) ? chosen : found[0]);
    }
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    $("detail-title").focus();
  }
  $("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    if (quiet) {
      quiet = false;
      return;
    }
    write(before.includes("cell=") ? fragment({}) : before);
    if (opener && opener.isConnected) opener.focus();
  });
  const tag = (whole, label) => h("span", { class: "tag", "data-s": whole }, h("b", {}, D.symbols[whole]), ` ${label}`);
  const verdictTag = (verdict) => verdict < 0 ? tag("no cell", "not asked") : tag(WORD[verdict], verdict === EXCEPT ? "compatible, except" : D.verdicts[verdict]);
  const because = (c, p) => c.judgements[p] < 0 ? [] : D.judgements[c.judgements[p]][1].map(text);
  // The named problems (5) or the limits and notes (6) that a pattern met in a cell.
  const named = (c, p, at) => c.judgements[p] < 0 ? [] : D.judgements[c.judgements[p]][at].map((one) => D.problems[text(one)]).filter(Boolean);
  const plain = (told) => told.replace(/`/g, "");
  const problemNode = (one) => [...rich(one.title), ` (${one.whose}\u2019s${one.since ? `; since ${one.since}` : ""}).`, one.way_out ? [" Way out: ", ...rich(one.way_out), "."] : "", " ", h("a", { href: `#${one.slug}` }, "more")].flat();
  const rich = (told) => told.split("`").map((part, at) => at % 2 ? h("code", {}, part) : part);
  function copyable(code, label) {
    return h("div", { class: "code" }, h("button", { type: "button", class: "copy", "aria-label": `copy ${label}` }, "copy"),
      h("pre", { tabindex: "0", role: "region", "aria-label": label }, h("code", {}, code)));
  }
  function oneCell(c, p) {
    const reasons = because(c, p);
    const neutral = D.patterns.indexOf(D.neutral);
    const own = c.suites[p] < 0 ? [] : D.suites[c.suites[p]].map((f) => [f, p]);
    const shared = neutral < 0 || neutral === p || c.suites[neutral] < 0 ? [] : D.suites[c.suites[neutral]].map((f) => [f, neutral]);
    const seen = [...own, ...shared].map(([f, by]) => ({ by, scenario: D.findings[f][0], outcome: D.findings[f][1], reason: text(D.findings[f][2]), error: D.findings[f][3], evidence: D.findings[f][4], warnings: D.findings[f][5] }));
    const failures = (one) => (D.outcomes[one.outcome] === "passed" ? 2 : D.outcomes[one.outcome] === "not-applicable" ? 1 : 0);
    seen.sort((a, b) => failures(a) - failures(b));
    const passed = seen.filter((one) => D.outcomes[one.outcome] === "passed").length;
    const warnings = [...new Set(seen.flatMap((one) => one.warnings))].map(text);
    const party = c.judgements[p] < 0 ? "" : text(D.judgements[c.judgements[p]][2]);
    const python = D.axes.findIndex(([name]) => name === "python");
    const install = [`# Python ${python < 0 ? "" : exact(c, python)}`, ...packages(c)].join("\n");
    return [
      h("h3", {}, c.id),
      h("p", {}, verdictTag(verdicts[c.at * P + p]), " ", patternNode(p), `: ${passed} of ${number(seen.length, "scenario")} passed`, party ? `; whose failure: ${party}` : ""),
      ...firstOf(reasons, 5, "reason"),
      ...named(c, p, 5).map((one) => h("p", {}, ...problemNode(one))),
      text(c.environment[0]) !== "ready" || c.ending !== "completed" ? h("p", {}, `environment ${text(c.environment[0])}, ${c.ending}: ${c.message || text(c.environment[1])}`) : "",
      h("h4", {}, "Run it again"),
      copyable(`nox -s "matrix(${c.id})"`, "the command that runs this cell again"),
      h("details", {}, h("summary", {}, `The exact ${number(packages(c).length, "package")}`), copyable(install, "the exact packages"),
        c.companions.length ? h("p", {}, `pinned only so that the others can run: ${c.companions.map(text).join(", ")}`) : ""),
      h("h4", {}, "What was observed"),
      seen.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "what was observed" }, h("table", { class: "plain stack" },
        h("caption", {}, `${number(seen.length, "scenario")} with ${patternText(p)}, failures first`),
        h("thead", {}, h("tr", {}, ["scenario", "outcome", "evidence and error"].map((one) => h("th", { scope: "col" }, one)))),
        h("tbody", {}, seen.map((one) => observation(c, one))))) : h("p", {}, "Nothing was run with this pattern here."),
      c.controls.length ? h("details", {}, h("summary", {}, `${number(c.controls.length, "control")}, before any scenario`), h("ul", {}, c.controls.map((n) => {
        const [name, whose, outcome, error, trace] = D.controls[n];
        return h("li", {}, `${text(name)}: ${D.outcomes[outcome]}`, error >= 0 ? `: ${errorText(error)} (${text(whose)})` : "", text(trace) ? traceNode(text(trace), "traceback") : "");
      }))) : "",
      warnings.length ? h("details", {}, h("summary", {}, number(warnings.length, "warning")), h("ul", {}, warnings.map((one) => h("li", {}, one)))) : "",
      writes(c, p) ? h("details", {}, h("summary", {}, "An application with this pattern"), copyable(writes(c, p), "an application with this pattern")) : "",
      D.code[p] ? h("details", {}, h("summary", {}, "The pattern as it was run"), copyable(D.code[p], "the pattern as it was run")) : "",
    ].filter((one) => one !== "");
  }
  // The first few, and the rest folded.
  function firstOf(told, few, word) {
    const list = (ones) => h("ul", {}, ones.map((one) => h("li", {}, one)));
    const rest = told.slice(few);
    return [told.length ? list(told.slice(0, few)) : "", rest.length ? h("details", {}, h("summary", {}, `${number(rest.length, `more ${word}`)}`), list(rest)) : ""];
  }
  const writes = (c, p) => works(verdicts[c.at * P + p]) ? (D.snippets[c.adapter] || {})[D.patterns[p]]?.[1] : "";
  const OUTCOMES = { passed: "works", failed: "fails", "not-applicable": "unsupported" };
  const firstLine = (told) => told.split("\n", 1)[0];
  const errorText = (e) => `${text(D.errors[e][0])}: ${text(D.errors[e][1])}`;
  const traceNode = (told, label) => h("details", {}, h("summary", {}, label), h("pre", { tabindex: "0" }, told));
  function observation(c, one) {
    const scenario = D.scenarios[one.scenario], outcome = D.outcomes[one.outcome];
    const evidence = Object.entries(D.evidence[one.evidence]);
    const trace = one.error < 0 ? null : c.tracebacks.find((found) => found[0] === one.error && text(found[1]) === scenario && found[2] >= 0 && text(found[2]) === D.patterns[one.by]) || c.tracebacks.find((found) => found[0] === one.error);
    const same = trace && text(trace[1]) === scenario && text(trace[2]) === D.patterns[one.by];
    return h("tr", {},
      h("th", { scope: "row" }, rich(D.titles[one.scenario] || scenario), h("br"), h("small", {}, h("code", {}, scenario)),
        D.patterns[one.by] === D.neutral ? h("small", {}, " counts for every pattern") : ""),
      h("td", { "data-label": "outcome" }, tag(OUTCOMES[outcome] || "unknown", outcome)),
      h("td", { "data-label": "seen" },
        one.error >= 0 ? h("p", {}, h("strong", {}, firstLine(errorText(one.error)))) : "",
        one.reason ? h("p", {}, one.reason) : "",
        evidence.length ? h("dl", { class: "facts" }, evidence.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, typeof value === "string" ? value : JSON.stringify(value))])) : "",
        outcome === "failed" ? h("p", {}, h("small", {}, "as a script: ", h("code", {}, `nox -s repro -- ${c.id} ${D.patterns[one.by]} ${scenario}`))) : "",
        one.error >= 0 ? h("details", {}, h("summary", {}, trace ? "message and traceback" : "message"), h("pre", { tabindex: "0" }, errorText(one.error)),
          trace && !same ? h("p", {}, `The traceback of the same error, in ${text(trace[1])} with ${text(trace[2])}:`) : "",
          trace ? h("pre", { tabindex: "0" }, text(trace[3])) : "") : ""));
  }

  // Quick answer -----------------------------------------------------------------------------------
  const chooser = $("choose");
  const choices = D.axes.map(([name, levels], axis) => {
    if (levels.length < 2 && axis > REL) return null;
    const select = h("select", { id: `use-${axis}`, onchange: () => { answer(); remember(); } },
      axis === LIB ? "" : h("option", { value: "" }, axis === REL ? "any release" : "any"),
      levels.map((_, at) => h("option", { value: String(at) }, shortLevel(axis, at))));
    chooser.append(h("div", {}, h("label", { for: `use-${axis}` }, D.axis_titles[axis]), select));
    return select;
  });
  chooser.addEventListener("submit", (event) => event.preventDefault());
  function best(found) {
    // What is recommended for the library at large comes first of what does as well.
    const use = found.length ? D.recommended[D.axes[LIB][1][found[0].levels[LIB]]] : "";
    // A rare form is measured in few of the cells, and cannot be told better than what was in all.
    const told = [...Array(P).keys()].filter((p) => !D.controls_of[p]).map((p) => [p, tallyOf(found, p)]);
    const seen = (n) => n.reduce((sum, one) => sum + one, 0);
    const most = Math.max(...told.map(([, n]) => seen(n)));
    let first = null;
    for (const [p, n] of told) {
      if (!seen(n) || (!D.usual[p] && seen(n) < most)) continue;
      const whole = standing(n);
      const one = { p, n, whole, rank: [whole === "works" ? 0 : whole === "works, except" ? 1 : 2, -good(n), -n[COMPATIBLE], D.patterns[p] === use ? 0 : 1, D.inside[p] ? 1 : 0, D.preference[p], p] };
      const at = first ? one.rank.findIndex((value, index) => value !== first.rank[index]) : 0;
      if (!first || one.rank[at] < first.rank[at]) first = one;
    }
    return first;
  }
  function answer() {
    const wanted = choices.map((select) => (select && select.value !== "" ? Number(select.value) : -1));
    const fits = (asked) => cells.filter((c) => asked.every((level, axis) => level < 0 || c.levels[axis] === level));
    let asked = wanted, found = fits(asked);
    const dropped = [];
    // What was not run as such is answered from the nearest that was: Python is let go first.
    const order = D.axes.map((_, axis) => axis).filter((axis) => axis > LIB)
      .sort((a, b) => letGo(a) - letGo(b));
    for (const axis of order) {
      if (found.length) break;
      if (asked[axis] < 0) continue;
      asked = asked.map((level, at) => (at === axis ? -1 : level));
      dropped.push(axis);
      found = fits(asked);
    }
    const first = best(found);
    const out = $("verdict");
    const levelsNamed = (levels) => levels.map((level, axis) => (level < 0 || axis === LIB ? "" : `${D.axis_titles[axis]} ${D.axes[axis][1][level]}`)).filter(Boolean).join(", ");
    const library = D.libraries[wanted[LIB]];
    const runs = first && good(first.n) > 0;
    const exactly = !dropped.length;
    const whole = !first ? "no cell" : exactly ? first.whole : "unknown";
    const measured = first ? good(first.n) + first.n[INCOMPATIBLE] : 0;
    let head;
    if (!first) head = "Not tested";
    else if (!exactly) head = runs ? "Not tested as such; probably, going by the nearest" : "Not tested as such; nothing works with the nearest";
    else if (first.whole === "works") head = "Works";
    else if (first.whole === "works, except") head = "Works, except";
    else if (runs) head = `Works in part: ${good(first.n)} of ${measured} cells`;
    else head = first.whole === "unknown" ? "Not known" : "No pattern works";
    const reasons = [];
    const lines = [];
    if (first) {
      const scope = exactly ? "" : `With ${[library, levelsNamed(asked)].filter(Boolean).join(", ")} (whatever ${dropped.map((axis) => D.axis_titles[axis]).join(" and ")}): `;
      if (runs) lines.push(h("p", {}, `${scope || ""}${scope ? "hand" : "Hand"} ModelView `, patternNode(first.p), D.about[first.p] ? [" (", ...rich(D.about[first.p].replace(/\.$/, "")), ")"] : "", `. It works in ${good(first.n)} of ${number(measured, "cell")}${first.n[EXCEPT] ? `, in ${first.n[EXCEPT]} of them except for what stands below` : ""}.`));
      else lines.push(h("p", {}, `${scope}${number(found.length, "cell")} ${found.length === 1 ? "was" : "were"} tried, no pattern passed every scenario.`));
      const count = new Map();
      for (const c of found) if (!works(verdicts[c.at * P + first.p])) for (const one of because(c, first.p).slice(0, 2)) count.set(one, (count.get(one) || 0) + 1);
      for (const [one, times] of [...count].sort((a, b) => b[1] - a[1]).slice(0, 4)) reasons.push(h("li", {}, one, h("small", {}, ` (${number(times, "cell")})`)));
    }
    const except = new Map();
    for (const c of runs ? found : []) for (const one of works(verdicts[c.at * P + first.p]) ? named(c, first.p, 5) : []) except.set(one, (except.get(one) || 0) + 1);
    const exceptions = [...except].sort((a, b) => b[1] - a[1]).map(([one, times]) => h("li", {}, "for ", ...rich(one.needs), ": ", ...problemNode(one), h("small", {}, ` (${number(times, "cell")})`)));
    const asks = new Map();
    for (const c of runs ? found : []) for (const one of named(c, first.p, 6)) if (one.kind === "condition") asks.set(one, 1);
    const always = runs ? D.limits.map((slug) => D.problems[slug]) : [];
    if (!runs) {
      const others = D.axes[REL][1].map((release, rel) => [release, best(cells.filter((c) => c.levels[LIB] === wanted[LIB] && c.levels[REL] === rel))])
        .filter(([, one]) => one && (one.whole === "works" || one.whole === "works, except"));
      if (others.length) reasons.push(h("li", {}, `What works with ${library}: `, others.map(([release, one], at) => [at ? "; " : "", `Flask-Admin ${release} with `, patternNode(one.p), one.whole === "works" ? "" : " (with an exception)"]).flat()));
    }
    const [essence, snippet] = runs && (D.snippets[found[0].adapter] || {})[D.patterns[first.p]] || ["", ""];
    const code = runs && (essence || D.code[first.p] || D.code[D.patterns.indexOf(D.bases[first.p])]);
    const rel = wanted[REL] >= 0 ? wanted[REL] : -1;
    out.replaceChildren(
      h("p", { class: "head", "data-s": whole }, h("b", {}, D.symbols[whole]), " ", h("strong", {}, head), `: ${library}${levelsNamed(wanted) ? `, ${levelsNamed(wanted)}` : ""}`),
      h("div", { class: "rest" }, lines,
        [...asks.keys()].map((one) => h("p", {}, ...rich(one.needs), " need ", ...rich(one.way_out), ".")),
        exceptions.length ? [h("p", {}, "Except"), h("ul", {}, exceptions)] : "",
        always.length ? h("p", {}, "In every release: ", ...always.flatMap((one, at) => [at ? "; " : "", ...rich(one.title)]), " (", h("a", { href: "#limits" }, "limits"), ").") : "",
        reasons.length ? [h("p", {}, runs ? "Where it does not:" : "Why:"), h("ul", {}, reasons)] : "",
        code ? [snippet ? "" : h("p", {}, "As it was measured:"), copyable(code, "what to write")] : "",
        snippet ? h("details", {}, h("summary", {}, "The whole application"), copyable(snippet, "the whole application")) : "",
        h("p", {}, found.length ? h("button", { type: "button", onclick: (event) => show(found, first ? first.p : 0, library, levelsNamed(asked) || "any Flask-Admin", null, event.currentTarget) }, `see the ${number(found.length, "cell")}`) : "No cell of the plan has this library.",
          " ", h("button", { type: "button", onclick: () => { clear(); only.axes[LIB].add(wanted[LIB]); if (rel >= 0) only.axes[REL].add(rel); sync(); apply(); $("matrix").scrollIntoView(); } }, "show every pattern in the matrix"))));
  }
  function letGo(axis) {
    const order = ["python", "database", "flask", "sqlalchemy", "flask-admin"];
    const at = order.indexOf(D.axes[axis][0]);
    return at < 0 ? 1.5 : at;
  }

  // The address: what is chosen, filtered and open can be linked ------------------------------------
  function fragment(more) {
    const found = new URLSearchParams();
    if (touched) choices.forEach((select, axis) => { if (select && select.value !== "") found.set(D.axes[axis][0], D.axes[axis][1][Number(select.value)]); });
    const by = new Map();
    for (const chip of chips) if (chip.chosen.has(chip.at)) by.set(chip.key, [...(by.get(chip.key) || []), chip.value]);
    for (const [key, values] of by) found.set(`only.${key}`, values.join("|"));
    if (only.q) found.set("q", only.q);
    if (only.cause >= 0) found.set("cause", String(D.causes[only.cause].number));
    for (const [key, value] of Object.entries(more)) found.set(key, value);
    const told = found.toString();
    return told ? `#${told}` : "";
  }
  let touched = false, written = null, reads = 0, quiet = false;
  chooser.addEventListener("change", () => { touched = true; remember(); });
  function write(hash) {
    written = hash;
    history.replaceState(null, "", hash || location.pathname + location.search);
  }
  function remember() { if (!dialog.open && started) write(fragment({})); }
  function sync() { for (const chip of chips) chip.box.checked = chip.chosen.has(chip.at); }
  function read() {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return false;
    if (dialog.open && !hash.includes("cell=")) {
      quiet = true;
      dialog.close();
    }
    const asked = new URLSearchParams(hash);
    choices.forEach((select, axis) => {
      if (!select || !asked.has(D.axes[axis][0])) return;
      const at = D.axes[axis][1].indexOf(asked.get(D.axes[axis][0]));
      if (at >= 0) { select.value = String(at); touched = true; }
    });
    clear();
    for (const chip of chips) if ((asked.get(`only.${chip.key}`) || "").split("|").includes(chip.value)) chip.chosen.add(chip.at);
    sync();
    only.q = search.value = asked.get("q") || "";
    only.cause = D.causes.findIndex((one) => String(one.number) === asked.get("cause"));
    answer();
    apply();
    const c = cells.find((one) => one.id === asked.get("cell"));
    if (c) openCell(c, D.patterns.indexOf(asked.get("pattern")), null);
    return true;
  }

  // Copying, printing, the first picture ------------------------------------------------------------
  async function copy(button) {
    const pre = button.parentNode.querySelector("pre");
    try {
      await navigator.clipboard.writeText(pre.textContent);
      $("said").textContent = button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(pre);
      $("said").textContent = button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !dialog.open && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });
  let opened = [];
  // Paper cannot be unfolded: all of the matrix and of the libraries, but no traceback a second time.
  let folded = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open]):not(#cells):not(#axes)")]
      .filter((one) => !one.matches("#why details details"));
    for (const one of opened) one.open = true;
    folded = groups.map((group) => group.asked);
    for (const group of groups) { group.asked = true; paint(group); }
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    groups.forEach((group, at) => { group.asked = folded[at]; paint(group); });
  });
  function unfold() {
    const target = /^#[\w-]+$/.test(location.hash) ? $(location.hash.slice(1)) : null;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  }
  addEventListener("hashchange", () => {
    if (location.hash !== written && !read()) unfold();
    document.documentElement.dataset.read = String(++reads);
  });

  for (const node of document.querySelectorAll("#choose, #verdict, #filters, #status, #cells, .copy, .js")) node.hidden = false;
  let started = false;
  const start = [...D.axes[LIB][1].keys()].map((lib) => {
    const newest = cells.filter((c) => c.levels[LIB] === lib && c.levels[REL] === R - 1);
    const found = newest.length ? best(newest) : null;
    return { lib, ok: found && found.whole === "works", n: found ? good(found.n) : 0 };
  }).sort((a, b) => Number(b.ok) - Number(a.ok) || b.n - a.n ||
    D.axes[LIB][1][a.lib].length - D.axes[LIB][1][b.lib].length || b.lib - a.lib)[0];
  if (L) {
    choices[LIB].value = String(start.lib);
    if (choices[REL]) choices[REL].value = String(R - 1);
    $("uses").open = false;
    answer();
  } else $("choose").hidden = $("verdict").hidden = true;
  if (!read()) {
    apply();
    unfold();
  }
  started = true;
  document.documentElement.dataset.ready = "yes";
})();
