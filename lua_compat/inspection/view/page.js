"use strict";
(() => {
  const STEP = 0, KIND = 1, TEXT = 2, PARENT = 3, FIRST = 4, COUNT = 5, TARGET = 6;
  const MOST_ROWS = 2000, MOST_FOUND = 300, DEEPEST_INDENT = 20;
  const nodes = JSON.parse(document.getElementById("data").textContent);
  const box = document.getElementById("nodes");
  const filter = document.getElementById("filter");
  const count = document.getElementById("count");
  const lower = [];  // texts in small letters, made by the first search

  function el(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function steps(number) {
    const found = [];
    for (let i = number; i > 0; i = nodes[i][PARENT]) found.push(nodes[i][STEP]);
    return found.reverse();
  }

  function place(number) {
    const found = steps(number);
    if (found.length === 0) return "(top)";
    const shown = found.length > 17
      ? found.slice(0, 4).join("") + "...(" + (found.length - 16) + " more)..." + found.slice(-12).join("")
      : found.join("");
    return shown.replace(/^\./, "").trim();
  }

  function level(number) {
    let found = 0;
    for (let i = number; i > 0; i = nodes[i][PARENT]) found++;
    return found;
  }

  function row(number, depth, flat) {
    const node = nodes[number];
    const made = el("div", "node");
    made.id = (flat ? "f" : "n") + number;
    made.dataset.number = number;
    made.dataset.kind = node[KIND];
    made.dataset.level = depth;
    made.tabIndex = -1;
    made.style.setProperty("--level", flat ? 0 : depth);
    made.setAttribute("role", "treeitem");
    made.setAttribute("aria-level", flat ? 1 : depth + 1);
    if (!flat && number > 0 && node[PARENT] >= 0) {
      const parent = nodes[node[PARENT]];
      made.setAttribute("aria-setsize", parent[COUNT]);
      made.setAttribute("aria-posinset", number - parent[FIRST] + 1);
    }
    if (node[COUNT] > 0 && !flat) made.setAttribute("aria-expanded", "false");
    made.append(el("span", "turn"));
    if (!flat && depth > DEEPEST_INDENT) made.append(el("span", "depth", "(" + depth + ")"));
    const step = flat ? place(number) : number === 0 ? "(top)" : node[STEP].replace(/^\./, "").trim();
    if (flat) {
      const link = el("a", "step", step);
      link.href = "#n" + number;
      link.tabIndex = -1;
      made.append(link);
    } else if (step) {
      made.append(el("span", "step", step));
    }
    if (node[KIND] === "shared") {
      const link = el("a", "text", "→ " + place(node[TARGET]));
      link.href = "#n" + node[TARGET];
      link.tabIndex = -1;
      made.append(el("span", "dim", node[TEXT]), link);
    } else {
      made.append(el("span", "text", node[TEXT]));
      if (document.getElementById("t" + number)) {
        const link = el("a", "more", "statistics");
        link.href = "#t" + number;
        link.tabIndex = -1;
        made.append(link);
      }
    }
    return made;
  }

  function isOpen(made) { return made.getAttribute("aria-expanded") === "true"; }

  function open(made) {
    if (made.getAttribute("aria-expanded") !== "false") return;
    const number = +made.dataset.number, depth = +made.dataset.level + 1, node = nodes[number];
    const below = document.createDocumentFragment();
    for (let i = 0; i < node[COUNT]; i++) below.append(row(node[FIRST] + i, depth, false));
    made.after(below);
    made.setAttribute("aria-expanded", "true");
  }

  function close(made) {
    if (!isOpen(made)) return;
    const depth = +made.dataset.level;
    while (made.nextSibling && +made.nextSibling.dataset.level > depth) {
      if (made.nextSibling.contains(document.activeElement)) focus(made);
      made.nextSibling.remove();
    }
    made.setAttribute("aria-expanded", "false");
  }

  function focus(made, quietly) {
    const before = box.querySelector('[tabindex="0"]');
    if (before) before.tabIndex = -1;
    made.tabIndex = 0;
    if (!quietly) made.focus();
  }

  function plant() {
    box.replaceChildren(row(0, 0, false));
    open(box.firstChild);
    focus(box.firstChild, true);
  }

  function unfold() {
    if (filter.value) clear();
    for (const made of box.querySelectorAll('[aria-expanded="false"]')) {
      if (box.childElementCount >= MOST_ROWS) return;
      open(made);
    }
  }

  // The nodes above are opened one after the other, so that a chain of thousands is no matter.
  function reveal(number) {
    if (!(number >= 0 && number < nodes.length)) return;
    if (filter.value) clear();
    const chain = [];
    for (let i = number; i >= 0; i = nodes[i][PARENT]) chain.push(i);
    for (const i of chain.reverse()) {
      if (i !== number) open(document.getElementById("n" + i));
    }
    const made = document.getElementById("n" + number);
    for (const old of box.querySelectorAll(".here")) old.classList.remove("here");
    made.classList.add("here");
    focus(made);
    made.scrollIntoView({block: "center"});
  }

  function clear() {
    filter.value = "";
    count.textContent = "";
    plant();
  }

  function search() {
    const wanted = filter.value.toLowerCase();
    if (!wanted) return clear();
    if (lower.length === 0) for (const n of nodes) lower.push((n[STEP] + "\n" + n[TEXT]).toLowerCase());
    const byPlace = /[.[]/.test(wanted);
    const found = document.createDocumentFragment();
    let many = 0;
    for (let i = 0; i < nodes.length; i++) {
      if (!lower[i].includes(wanted) && !(byPlace && place(i).toLowerCase().includes(wanted))) continue;
      many++;
      if (many <= MOST_FOUND) found.append(row(i, 0, true));
    }
    box.replaceChildren(found);
    if (box.firstChild) focus(box.firstChild, true);
    count.textContent = many === 0 ? "nothing found" : many + " found"
      + (many > MOST_FOUND ? ", the first " + MOST_FOUND + " shown" : "");
  }

  function follow(made) {
    const link = made.querySelector("a");
    if (link) travel(link.getAttribute("href"));
    else if (isOpen(made)) close(made);
    else open(made);
  }

  // In the frame of a notebook the page has no address of its own, which a fragment could be added to.
  function travel(hash) {
    if (location.protocol === "about:" || location.hash === hash) arrive(hash);
    else location.hash = hash;
  }

  function arrive(hash) {
    const node = /^#n(\d+)$/.exec(hash);
    if (node) return reveal(+node[1]);
    const made = hash.length > 1 && document.getElementById(hash.slice(1));
    if (!made) {
      if (/^#t\d+$/.test(hash)) reveal(+hash.slice(2));  // a row that is left out
      return;
    }
    if (made.closest("details")) made.closest("details").open = true;
    made.scrollIntoView({block: made.matches("tr") ? "center" : "start"});
    const link = made.matches("tr") && made.querySelector("a");
    if (link) link.focus({preventScroll: true});
  }

  box.addEventListener("click", (event) => {
    const made = event.target.closest(".node");
    if (!made) return;
    focus(made);
    if (event.target.closest("a")) return;
    if (isOpen(made)) close(made);
    else open(made);
  });

  box.addEventListener("keydown", (event) => {
    const made = event.target.closest(".node");
    if (!made || event.ctrlKey || event.altKey || event.metaKey) return;
    const go = (to) => { if (to) focus(to); };
    if (event.key === "ArrowDown") go(made.nextElementSibling);
    else if (event.key === "ArrowUp") go(made.previousElementSibling);
    else if (event.key === "Home") go(box.firstElementChild);
    else if (event.key === "End") go(box.lastElementChild);
    else if (event.key === "ArrowRight") isOpen(made) ? go(made.nextElementSibling) : open(made);
    else if (event.key === "ArrowLeft") {
      if (isOpen(made)) close(made);
      else go(document.getElementById("n" + nodes[+made.dataset.number][PARENT]));
    } else if (event.key === "Enter" || event.key === " ") follow(made);
    else return;
    event.preventDefault();
  });

  // Rows of tables of modules: what is below one is hidden while it, or one above it, is folded.
  function fold(button) {
    const top = button.closest("tr"), depth = +top.dataset.level;
    button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") === "true" ? "false" : "true");
    let hidden = button.getAttribute("aria-expanded") === "true" ? Infinity : depth;
    for (let tr = top.nextElementSibling; tr && +tr.dataset.level > depth; tr = tr.nextElementSibling) {
      const here = +tr.dataset.level;
      if (here <= hidden) hidden = Infinity;
      tr.hidden = here > hidden;
      const inner = tr.querySelector(".fold");
      if (!tr.hidden && inner && inner.getAttribute("aria-expanded") === "false") hidden = here;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.fold");
    if (button) fold(button);
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    travel(link.getAttribute("href"));
  });
  document.getElementById("unfold").addEventListener("click", unfold);
  document.getElementById("foldall").addEventListener("click", clear);
  filter.addEventListener("input", search);
  addEventListener("hashchange", () => arrive(location.hash));
  plant();
  arrive(location.hash);
})();
