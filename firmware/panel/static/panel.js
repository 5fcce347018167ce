// The page's own behaviour: what a finger, a keypad and a screen reader need beyond htmx. Keeps nothing of anybody.
(() => {
  "use strict";
  const main = document.getElementById("screen");
  const aloud = document.getElementById("aloud");
  const within = (selector) => [...main.querySelectorAll(selector)];
  const seen = (element) => element.offsetParent !== null && !element.disabled
    && (element.matches("summary") || !element.closest("details:not([open])"));
  const section = () => main.querySelector(".screen");
  let page = "", said = "", held = null, pressing = false, ending = 0, warned = false, typed = new Map(), scrolled = 0, waiting = 0, nought = false, staying = false, turned, meant, fresh = 0;

  // Said once: the page's name when it is another page, and what is new on it.
  const say = (text) => { aloud.textContent = text; };
  const announce = (now, isNew) => {
    const extra = now.dataset.say.replace(/\s+/g, " ").trim();
    const title = isNew ? main.querySelector("h1").textContent.trim() : "";
    if (title || (extra && extra !== said)) say([title, extra].filter(Boolean).join(". "));
    said = extra;
  };

  // The visit's end, counted here so that the page need not come anew each second.
  const left = () => Math.max(0, Math.round((ending - performance.now()) / 1000));
  const countdown = () => {
    const shown = main.querySelector(".left");
    if (!shown) return;
    if (performance.now() > ending + 5000) return cutOff(); // a station that says nothing is none
    const soon = left() <= Number(shown.dataset.warn);
    shown.textContent = String(left());
    shown.parentElement.classList.toggle("soon", soon);
    if (soon && !warned) say(`${shown.dataset.warning} ${shown.nextSibling.textContent.trim()}`);
    warned = soon;
  };

  const entry = () => {
    const fields = within("[data-entry]").filter(seen);
    return fields.includes(document.activeElement) ? document.activeElement : fields.find((one) => one.matches(".writing")) || fields[0];
  };
  const place = () => {
    const target = entry() || within(".primary").find(seen) || main.querySelector("h1");
    target.focus({ preventScroll: true });
  };

  // Nobody takes in another page, or other numbers on a list, in less: until then, and until the keys rest, they were
  // meant for what was there before. That it asks before it deletes is no surprise: a key has just asked for it.
  const GLANCE = 500;
  const glance = () => {
    document.documentElement.classList.add("fresh");
    clearTimeout(fresh);
    fresh = setTimeout(() => { fresh = 0; document.documentElement.classList.remove("fresh"); }, GLANCE);
  };
  const isBlind = (name) => fresh && !entry() && !/^(Tab|Shift|Arrow.*)$/.test(name);

  const arrived = () => {
    const now = section();
    if (!now) return;
    const isNew = now.dataset.page !== page;
    page = now.dataset.page;
    const means = [page, ...within(".job[data-key]").map((one) => one.dataset.key + one.id)].join();
    if (means !== meant && !now.matches(".delete")) glance();
    meant = means;
    document.documentElement.lang = now.lang;
    document.documentElement.dir = now.dir;
    const shown = main.querySelector(".left");
    if (shown) ending = performance.now() + 1000 * Number(shown.dataset.seconds);
    staying = false;
    if (isNew) { typed.clear(); place(); zero(false); } else restore();
    now.classList.toggle("zero", nought);
    for (const group of within(".keys")) oneStop(group, group.querySelector("[tabindex='0']") || group.children[0]);
    announce(now, isNew);
    warned = warned && !isNew;
    countdown();
  };
  const restore = () => {
    for (const field of within("[data-entry]")) field.value = typed.get(field.id) || field.value;
    typed.clear();
    const list = document.getElementById("list");
    if (list) list.scrollTop = scrolled;
    if (list && list.dataset.turned !== turned) list.querySelector("[data-key='1']")?.scrollIntoView({ block: "start" });
    turned = list?.dataset.turned;
    if (document.activeElement === document.body) place();
  };
  const remember = () => {
    typed = new Map(within("[data-entry]").map((field) => [field.id, field.value]));
    scrolled = document.getElementById("list")?.scrollTop || 0;
  };

  // A page that came while a finger was down would take the button from under it: it waits until the finger is up. Not
  // one of another visit, lest a bag on the screen leave somebody's list there; and no page for ever.
  const visit = (key) => key.split("-").at(-2);
  const isOfAnother = (html) => visit(html.match(/data-page="([^"]*)"/)[1]) !== visit(page);
  document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (pressing && !isOfAnother(event.detail.data)) {
      held = event.detail.data;
      event.preventDefault();
    } else {
      held = null;
      remember();
    }
  });
  document.body.addEventListener("htmx:afterSwap", (event) => { if (event.target === main) arrived(); });
  const released = () => {
    pressing = false;
    if (held === null) return;
    const html = held;
    held = null;
    remember();
    htmx.swap(main, html, { swapStyle: "innerHTML", settleDelay: 0, swapDelay: 0 });
    arrived();
  };
  addEventListener("pointerdown", () => {
    pressing = true;
    clearTimeout(waiting);
    waiting = setTimeout(released, 5000);
  }, true);
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => setTimeout(released), true);
  addEventListener("blur", (event) => { if (event.target === window) released(); });

  // Without the station nothing of anybody stays on the screen.
  const cutOff = () => {
    held = null;
    typed.clear();
    page = said = "";
    main.replaceChildren(document.getElementById("cut-off").content.cloneNode(true));
  };
  document.body.addEventListener("htmx:sseError", cutOff);
  document.body.addEventListener("htmx:afterRequest", (event) => { event.target.closest("form")?.reset(); });

  // The keys drawn on the screen.
  const type = (text) => {
    const field = entry();
    if (!field || field.value.length >= field.maxLength) return;
    field.value += text;
  };
  const rub = () => { const field = entry(); if (field) field.value = [...field.value].slice(0, -1).join(""); };
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-type], [data-rub]");
    if (!key) return;
    if (key.hasAttribute("data-rub")) rub(); else type(key.dataset.type);
    stay();
  });
  // The field keeps the focus, so that Enter on a keypad sends what a finger typed.
  document.addEventListener("mousedown", (event) => { if (event.target.closest("[data-type], [data-rub]")) event.preventDefault(); });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".key")) oneStop(event.target.parentElement, event.target);
    if (!event.target.matches("[data-entry]")) return;
    for (const field of within("[data-entry]")) field.classList.toggle("writing", field === event.target);
  });
  document.addEventListener("toggle", (event) => { if (event.target.open) entry()?.focus(); }, true);

  // A keypad, on the screen's edge or on a cable: what is drawn beside a thing does it. Of two digits the first is 0.
  const zero = (is) => { nought = is; section()?.classList.toggle("zero", is); };
  const presses = (name) => within("[data-key]").filter(seen).find((one) => one.dataset.key.split(" ").includes(name));
  const rove = (name) => {
    const active = document.activeElement, keys = active.closest(".keys");
    const stops = keys ? [...keys.children] : within("button, summary, input").filter(seen);
    const forth = keys || section().dir === "ltr" ? "ArrowRight" : "ArrowLeft";
    const line = keys ? (keys.matches(".digits") ? 3 : 10) : 1;
    const step = (name === forth || name === "ArrowDown" ? 1 : -1) * (/Up|Down/.test(name) ? line : 1);
    const next = stops[stops.indexOf(active) + step];
    if (next) next.focus();
  };
  // Whoever presses a key while the time runs out is there, also with one that does nothing else.
  const stay = () => {
    if (!warned || staying) return;
    staying = true;
    main.querySelector("#stay")?.click();
  };
  // The last digit, and where there is none the wish to type: of a keypad that has neither Backspace nor Escape.
  const undo = (field) => { if (field.value) { field.value = field.value.slice(0, -1); } else { presses("Escape")?.click(); } };
  const digits = (name) => {
    const both = nought ? `0${name}` : name, isFirst = !nought && name === "0";
    zero(isFirst && within("[data-key^='0']").some((one) => seen(one) && one.dataset.key[1] > " "));
    return nought ? null : presses(both);
  };
  // Drawn keys are one stop of Tab: arrows move among them.
  const oneStop = (group, stop) => { for (const key of group.children) key.tabIndex = key === stop ? 0 : -1; };
  document.addEventListener("keydown", (event) => {
    const field = entry(), name = event.key, active = document.activeElement;
    if (event.ctrlKey || event.altKey || event.metaKey) return event.preventDefault();
    if (/^F\d+$|^Browser|ContextMenu/.test(name)) return event.preventDefault();
    if (event.repeat && /^(Enter| )$/.test(name)) return event.preventDefault(); // held, it would go on to the next page
    if (isBlind(name)) { glance(); zero(false); stay(); return event.preventDefault(); }
    if (!/^[0-9]$/.test(name)) zero(false);
    if (field) stay();
    if (field && /^[.,]$/.test(name)) { undo(field); return event.preventDefault(); }
    if (field && active !== field && /^\w$/.test(name)) { type(name); return event.preventDefault(); }
    if (field && active !== field && name === "Backspace") { rub(); return event.preventDefault(); }
    if (name.startsWith("Arrow") && !active.matches("[data-entry]")) { rove(name); return event.preventDefault(); }
    if (name === "Enter" && active.matches("button:not([role=checkbox]), summary, input")) return;
    if (field && name === "Enter") { field.form.requestSubmit(); return event.preventDefault(); }
    if (field && name.length === 1) return;
    if (event.repeat) return;
    const target = /^[0-9]$/.test(name) ? digits(name) : presses(name);
    if (target) { target.click(); event.preventDefault(); } else { stay(); }
  });

  for (const name of ["contextmenu", "dragstart", "selectstart", "gesturestart"]) {
    document.addEventListener(name, (event) => event.preventDefault());
  }
  addEventListener("wheel", (event) => { if (event.ctrlKey) event.preventDefault(); }, { passive: false });
  addEventListener("DOMContentLoaded", () => sessionStorage.clear()); // htmx puts the page's address there
  setInterval(countdown, 500);
  arrived();
})();
