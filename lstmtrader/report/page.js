"use strict";
(() => {
  const { bars, charts } = JSON.parse(document.getElementById("chart-data").textContent);
  const { themes } = JSON.parse(document.getElementById("theme-data").textContent);
  const root = document.documentElement;
  const divs = [...document.querySelectorAll("[data-chart]")];
  const system = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(pointer: coarse)").matches;
  const narrow = matchMedia("(max-width: 700px)");
  const drawn = new Map(); // chart -> how it looks: light, dark or paper

  // Every shade a themed colour can have leads back to its entry.
  const entries = new Map();
  for (const [base, shades] of Object.entries(themes)) {
    for (const shade of [base, shades.light, shades.dark]) entries.set(shade, shades);
  }

  function repaint(node, theme) {
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (typeof value === "string") {
        const shades = entries.get(value);
        if (shades) node[key] = shades[theme];
      } else if (value && typeof value === "object" && !ArrayBuffer.isView(value)) {
        if (!["x", "y", "z", "text", "base", "customdata"].includes(key)) repaint(value, theme);
      }
    }
  }

  const currentTheme = () => root.dataset.theme || (system.matches ? "dark" : "light");
  const shown = (div) => !div.closest("[hidden]");
  const nextTurn = () => new Promise((resume) => setTimeout(resume));

  function inSight(div) {
    const box = div.getBoundingClientRect();
    return shown(div) && box.bottom > 0 && box.top < innerHeight;
  }

  const config = {
    displaylogo: false,
    showSendToCloud: false, // on by default: a button that uploads the chart
    displayModeBar: touch ? false : "hover",
    responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
  };

  // Paper is light and narrow, whatever the screen is. A chart that was resized forgets its height.
  function size(div, look) {
    const { height, font } = div.screen;
    const width = div.closest(".pair") ? 325 : 680;
    return look === "paper"
      ? { width, height: 0.75 * height, "font.size": 10 }
      : { width: null, autosize: true, height, "font.size": font };
  }

  function draw(div, look) {
    const before = drawn.get(div);
    if (before === look) return;
    const { data, layout } = before ? div : charts[div.dataset.chart];
    if (!before) {
      for (const trace of data) {
        if (trace.x && trace.x.shared !== undefined) trace.x = bars[trace.x.shared];
      }
      for (const key of Object.keys(layout)) {
        if (touch && /^[xy]axis/.test(key)) layout[key].fixedrange = true; // a finger scrolls
      }
      if (narrow.matches) layout.font.size = 11;
      div.screen = { height: layout.height, font: layout.font.size };
    }
    const theme = look === "paper" ? "light" : look;
    repaint(data, theme);
    repaint(layout, theme);
    const resized = look === "paper" || before === "paper";
    if (!before) Plotly.newPlot(div, data, layout, config);
    if (resized) Plotly.relayout(div, size(div, look)); // draws all
    else if (before) Plotly.redraw(div);
    drawn.set(div, look);
  }

  // What is in sight comes first and at once; the rest must not keep the page from scrolling.
  let latest = 0;
  let printing = false;
  async function applyTheme(theme) {
    if (printing) return; // it is done afterwards
    const mine = ++latest;
    root.dataset.shown = theme;
    button.textContent = theme === "dark" ? "Light" : "Dark";
    for (const div of divs) if (inSight(div)) draw(div, theme);
    for (const div of divs) {
      if (!shown(div) || drawn.get(div) === theme) continue;
      await nextTurn();
      if (mine !== latest) return;
      if (shown(div)) draw(div, theme);
    }
    root.dataset.ready = "yes";
  }

  const button = document.getElementById("theme");
  button.addEventListener("click", () => {
    root.dataset.theme = currentTheme() === "dark" ? "light" : "dark";
    applyTheme(root.dataset.theme);
  });
  system.addEventListener("change", () => applyTheme(currentTheme()));

  const scales = [...document.querySelectorAll("[data-scale]")];
  function markScale(scale) {
    for (const item of scales) item.setAttribute("aria-pressed", String(item.dataset.scale === scale));
  }
  for (const item of scales) {
    item.addEventListener("click", () => {
      Plotly.relayout("chart-equity", { "yaxis.type": item.dataset.scale, "yaxis.autorange": true });
      markScale(item.dataset.scale);
    });
  }
  markScale(charts.equity.layout.yaxis.type);

  // A box that holds all it has needs no stop of the keyboard.
  const boxes = [...document.querySelectorAll(".scroll")];
  function markScrolling() {
    for (const box of boxes) box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  }
  addEventListener("resize", markScrolling);

  // Tabs: arrows, Home and End move and choose, as in the ARIA patterns.
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  function choose(tabs, chosen) {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
    for (const div of panelOf(chosen).querySelectorAll("[data-chart]")) {
      draw(div, currentTheme());
      Plotly.Plots.resize(div); // the window may have changed while it was hidden
    }
    markScrolling();
  }
  for (const list of document.querySelectorAll('[role="tablist"]')) {
    const tabs = [...list.querySelectorAll('[role="tab"]')];
    list.hidden = false;
    for (const tab of tabs) {
      panelOf(tab).hidden = tab.getAttribute("aria-selected") !== "true";
      tab.addEventListener("click", () => choose(tabs, tab));
    }
    list.addEventListener("keydown", (event) => {
      const at = tabs.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      const next = tabs.at(to % tabs.length);
      choose(tabs, next);
      next.focus();
    });
  }

  // The navigation says where one is.
  const links = new Map();
  for (const link of document.querySelectorAll("nav a")) links.set(link.hash.slice(1), link);
  const list = document.querySelector("nav ul");
  function mark() {
    let here = null;
    for (const id of links.keys()) {
      if (document.getElementById(id).getBoundingClientRect().top <= innerHeight * 0.3) here = id;
    }
    for (const [id, link] of links) {
      if (id !== here) {
        link.removeAttribute("aria-current");
      } else if (!link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "location");
        list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
      }
    }
  }
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  }, { passive: true });

  // Paper has no tabs to press.
  let folded = [];
  addEventListener("beforeprint", () => {
    latest++;
    printing = true;
    folded.push(...document.querySelectorAll('[role="tabpanel"][hidden]'));
    for (const panel of folded) panel.hidden = false;
    for (const div of divs) draw(div, "paper");
  });
  addEventListener("afterprint", () => {
    for (const panel of folded) panel.hidden = true;
    folded = [];
    printing = false;
    applyTheme(currentTheme());
  });

  mark();
  markScrolling();
  applyTheme(currentTheme());
})();
