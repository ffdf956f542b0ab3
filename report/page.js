// Sorting, filtering, copying, some downloads, and where one is. Without this script the page shows and says the same.

const darkness = matchMedia("(prefers-color-scheme: dark)");
const followDarkness = () => document.documentElement.classList.toggle("dark", darkness.matches);
darkness.addEventListener("change", followDarkness);
followDarkness();

// The contents mark the last section that begins in the upper third of the screen, or above it.
const linked = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const begun = new Set();
function mark(current) {
  if (current.ariaCurrent) return;
  linked.forEach((link) => link.removeAttribute("aria-current"));
  current.setAttribute("aria-current", "location");
  // Only the contents scroll: a page that is moved by itself loses its reader.
  const list = current.closest("nav ul:not(.claims)");
  for (const box of [list, list.parentElement]) {
    const [outer, inner] = [box, current].map((element) => element.getBoundingClientRect());
    box.scrollBy({
      left: Math.min(0, inner.left - outer.left) || Math.max(0, inner.right - outer.right),
      top: Math.min(0, inner.top - outer.top) || Math.max(0, inner.bottom - outer.bottom),
    });
  }
}
const places = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) begun[isIntersecting ? "add" : "delete"](target.id);
    const shown = [...linked].filter(([id, link]) => begun.has(id) && link.checkVisibility());
    mark(shown.at(-1)?.[1] ?? document.querySelector("nav a"));
  },
  { rootMargin: "10000000px 0px -70% 0px" },
);
linked.forEach((link, id) => places.observe(document.getElementById(id)));

// A browser lets only pages that it trusts write to the clipboard.
for (const block of navigator.clipboard ? document.querySelectorAll("pre") : []) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  const box = Object.assign(document.createElement("div"), { className: "copied" });
  block.replaceWith(box);
  box.append(block, button);
}

// Tables become sortable when they are about to be seen, so that nothing keeps the page from its first paint.
function whenNear(elements, act) {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
        observer.unobserve(target);
        act(target);
      }
    },
    { rootMargin: "600px" },
  );
  elements.forEach((element) => observer.observe(element));
}

// Where a column's cells stand is the style sheet's matter, not that of what the library takes them for.
for (const type of DataTable.types()) DataTable.type(type, "className", "");

const sortableOnly = { paging: false, searching: false, info: false, order: [], autoWidth: false };
whenNear(document.querySelectorAll("table.sortable"), (table) => new DataTable(table, sortableOnly));

// Figures as the rest of the page writes them (scripts/sna/formats.py).
function fixed(value, digits) {
  const rounded = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return rounded.replace(/^-(0(\.0*)?)$/, "$1").replace("-", "\u2212");
}

function probability(value) {
  if (value === 0 || value >= 0.01) return fixed(value, 3);
  return value >= 0.0001 ? String(Number(value.toPrecision(2))) : "< 0.0001";
}

function percent(value) {
  return `${fixed(value, Math.abs(value) >= 1000 ? 0 : 1)}\u00a0%`;
}

const shownAs = (format) => (value, type) => (type === "display" ? format(value) : value);

const counted = { className: "n", columnControl: [["searchList"]] };
const measured = (format) => ({ className: "n", render: shownAs(format), columnControl: [["search"]] });
const named = { render: DataTable.render.text(), columnControl: [["searchList"]] };
const experimentColumns = [
  named, named, named, counted, counted, counted, measured(probability), measured(probability), measured(percent),
];

// The rows are those of the file that the page offers for download: gzipped CSV in a data URI.
async function readExperiments(uri) {
  const packed = Uint8Array.from(atob(uri.split(",")[1]), (character) => character.charCodeAt(0));
  const text = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line) => {
    const [model, task, category, ...figures] = line.split(",");
    return [model, task.replaceAll("_", " "), category, ...figures.map(Number)];
  });
}

whenNear(document.querySelectorAll("#experiments-table"), async (table) => {
  const data = await readExperiments(document.getElementById("experiments-file").href);
  new DataTable(table, {
    data,
    columns: experimentColumns,
    columnDefs: [{ target: 0, visible: new Set(data.map(([model]) => model)).size > 1 }],
    order: [[8, "desc"]],
    deferRender: true,
    autoWidth: false,
    pageLength: 20,
    lengthMenu: [20, 50, 200],
    layout: { topStart: "info", topEnd: "search", bottomStart: "pageLength", bottomEnd: "paging" },
    language: {
      info: "Rows _START_ to _END_ of _TOTAL_ experiments",
      infoFiltered: "(filtered from _MAX_)",
      infoEmpty: "No experiments",
      lengthMenu: "_MENU_ rows a page",
      search: "Search all columns:",
      zeroRecords: "No experiment is like that",
    },
  });
});

// An SVG file stands in the page once, as the image; its PNG is drawn from that, with 300 dots an inch.
function download(name, uri) {
  Object.assign(document.createElement("a"), { download: name, href: uri }).click();
}

function drawImage(image, scale) {
  const size = { width: scale * image.naturalWidth, height: scale * image.naturalHeight };
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

for (const link of document.querySelectorAll("a[download$='.svg']")) {
  const image = link.closest("figure").querySelector("img");
  const png = link.cloneNode();
  png.textContent = "PNG";
  png.download = link.download.replace(".svg", ".png");
  link.after(" ", png);
  for (const [each, uri] of [[link, () => image.src], [png, () => drawImage(image, 300 / 96)]]) {
    each.addEventListener("click", (event) => {
      event.preventDefault();
      download(each.download, uri());
    });
  }
}
