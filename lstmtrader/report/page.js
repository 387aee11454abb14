"use strict";
(() => {
  const { bars, charts } = JSON.parse(document.getElementById("chart-data").textContent);
  const { themes } = JSON.parse(document.getElementById("theme-data").textContent);
  const root = document.documentElement;
  const divs = [...document.querySelectorAll("[data-chart]")];
  const system = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(pointer: coarse)").matches;
  const narrow = matchMedia("(max-width: 700px)");

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

  function applyTheme(theme) {
    for (const div of divs) {
      repaint(div.data, theme);
      repaint(div.layout, theme);
      Plotly.redraw(div);
    }
    root.dataset.shown = theme;
    button.textContent = theme === "dark" ? "Light" : "Dark";
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

  const config = {
    displaylogo: false,
    showSendToCloud: false, // on by default: a button that uploads the chart
    displayModeBar: touch ? false : "hover",
    responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
  };
  for (const div of divs) {
    const { data, layout } = charts[div.dataset.chart];
    for (const trace of data) {
      if (trace.x && trace.x.shared !== undefined) trace.x = bars[trace.x.shared];
    }
    for (const key of Object.keys(layout)) {
      if (touch && /^[xy]axis/.test(key)) layout[key].fixedrange = true; // a finger scrolls
    }
    if (narrow.matches) layout.font.size = 11;
    repaint(data, currentTheme());
    repaint(layout, currentTheme());
    Plotly.newPlot(div, data, layout, config);
  }
  markScale(charts.equity.layout.yaxis.type);
  applyTheme(currentTheme());

  // Paper is light and narrow, whatever the screen is.
  addEventListener("beforeprint", () => {
    applyTheme("light");
    for (const div of divs) Plotly.relayout(div, { width: 680 });
  });
  addEventListener("afterprint", () => {
    for (const div of divs) Plotly.relayout(div, { width: null, autosize: true });
    applyTheme(currentTheme());
  });
  root.dataset.ready = "yes";
})();
