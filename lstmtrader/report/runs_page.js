"use strict";
(() => {
  const rows = [...document.getElementById("compared").rows];
  const headings = rows.map((row) => row.cells[0]);
  rows.forEach((row, at) => {
    const button = headings[at].querySelector("button");
    const numeric = button.hasAttribute("data-number");
    button.addEventListener("click", () => {
      // Figures from the highest first, words from A.
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const order = headings[at].getAttribute("aria-sort") === first ? other : first;
      const sign = order === "ascending" ? 1 : -1;
      const value = (column) => row.cells[column].dataset.value;
      const columns = [...row.cells].map((_, column) => column).slice(1);
      columns.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === "" || y === "") return (x === "") - (y === ""); // what is not known is last
        if (x === y) return 0; // also two infinities
        return sign * (numeric ? Number(x) - Number(y) : x.localeCompare(y));
      });
      // All rows at once: a run is a column.
      for (const one of rows) {
        const cells = [...one.cells];
        one.append(...columns.map((column) => cells[column]));
      }
      for (const one of headings) one.removeAttribute("aria-sort");
      headings[at].setAttribute("aria-sort", order);
    });
  });
})();
