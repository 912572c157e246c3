"use strict";
(() => {
  const table = document.getElementById("all");
  if (table) {
    const body = table.tBodies[0], rows = [...body.rows], found = document.getElementById("found");
    const text = document.getElementById("filter"), only = document.getElementById("only");
    const words = rows.map(row => row.textContent.toLowerCase());
    const filter = () => {
      const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        const fits = (!only.value || row.dataset.o === only.value) && wanted.every(word => words[i].includes(word));
        row.hidden = !fits;
        shown += fits;
      });
      found.textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
    };
    text.addEventListener("input", filter);
    only.addEventListener("change", filter);
    text.form.addEventListener("submit", event => event.preventDefault());
    text.form.hidden = false;
    const value = (row, column) => row.cells[column].dataset.v ?? row.cells[column].textContent;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = [...rows].sort((a, b) => value(a, column).localeCompare(value(b, column), "en", { numeric: true }));
        body.replaceChildren(...(down ? sorted.reverse() : sorted));
      });
    });
  }
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(item => { item.open = true; }));
})();
