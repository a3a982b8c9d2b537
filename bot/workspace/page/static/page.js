// One person's client: hears of every change, draws it, and does what they do.

import { blocks } from "./blocks.js";
import { el, mrkdwn } from "./mrkdwn.js";
import { look, post } from "./ports.js";

const at = (id) => document.getElementById(id);
const HOME = "home";
let me = null, picture = null, shown = null, live = null;
const picked = new Map(); // what was filled in at the open modal, by block and action
const typedBefore = [];

// -- who, and what they hear of ------------------------------------------------------------------------------------

async function begin() {
  const people = await (await fetch("/people")).json();
  at("people").replaceChildren(...people.map((name, index) => {
    const button = el("button", { type: "button", role: "radio", "data-person": name, title: `Alt+${index + 1}` }, name);
    button.addEventListener("click", () => become(name));
    return button;
  }));
  await look(at("ports"));
  setInterval(() => look(at("ports")), 1000);
  become(people.includes(location.hash.slice(1)) ? location.hash.slice(1) : people[0]);
}

function become(name) {
  me = name;
  location.hash = name;
  for (const button of at("people").children) button.setAttribute("aria-checked", button.dataset.person === name);
  live?.close();
  live = new EventSource(`/live/${name}`);
  live.onmessage = (event) => { trouble(""); draw(JSON.parse(event.data)); };
  live.onerror = () => trouble("The workspace has ended, or does not answer.");
  at("typed").focus();
}

const trouble = (words) => { at("trouble").textContent = words; };

async function act(wish) {
  const answer = await (await fetch(`/do/${me}`, post(wish))).json();
  trouble(answer.told || "");
  return answer;
}

// -- drawing -------------------------------------------------------------------------------------------------------

function draw(now) {
  picture = now;
  at("team").textContent = picture.team;
  const ids = [...picture.conversations.map((one) => one.id), HOME];
  if (!ids.includes(shown)) shown = ids[0];
  drawList();
  shown === HOME ? drawHome() : drawConversation();
  drawModal();
}

const reader = () => ({ names: picture.names, tz: picture.me.tz });
const conversation = () => picture.conversations.find((one) => one.id === shown);
const seen = new Map();

function drawList() {
  const entry = (id, title, count) => {
    if (id === shown) seen.set(`${me} ${id}`, count);
    const fresh = count > (seen.get(`${me} ${id}`) ?? count);
    if (!seen.has(`${me} ${id}`)) seen.set(`${me} ${id}`, count);
    const button = el("button", { type: "button", "aria-current": id === shown ? "page" : null, class: fresh ? "fresh" : "" }, title);
    button.addEventListener("click", () => { shown = id; if (id === HOME) act({ what: "home" }); draw(picture); });
    return el("li", {}, button);
  };
  at("conversations").replaceChildren(
    ...picture.conversations.map((one) => entry(one.id, one.direct ? `${picture.app} (direct)` : one.title, one.messages.length)),
    entry(HOME, "Home", 0));
}

function drawConversation() {
  const list = at("messages"), { title, messages } = conversation();
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  at("title").textContent = title;
  at("composer").hidden = false;
  at("typed").placeholder = `Message ${title}, or /proxy help`;
  const roots = messages.filter((one) => !one.thread || one.aloud);
  const focused = document.activeElement?.dataset?.action && document.activeElement.closest("[data-ts]")?.dataset.ts;
  const action = document.activeElement?.dataset?.action;
  list.replaceChildren(...roots.map((one) => entry(one, one.thread ? [] : messages.filter((reply) => reply.thread === one.ts))));
  if (focused) list.querySelector(`[data-ts="${focused}"] [data-action="${action}"]`)?.focus();
  if (atEnd || list.dataset.of !== `${me} ${shown}`) list.scrollTop = list.scrollHeight;
  list.dataset.of = `${me} ${shown}`;
}

function entry(one, replies) {
  const marks = [one.aloud && "replied to a thread", one.edited && "edited", one.private && "only you see this"].filter(Boolean);
  const clock = new Date(one.at * 1000).toLocaleTimeString("en-GB", { timeZone: picture.me.tz, hour: "2-digit", minute: "2-digit" });
  const body = one.blocks.length ? blocks(one.blocks, reader(), handsOn({ channel: shown, ts: one.ts })) : [el("p", {}, ...mrkdwn(one.text, reader()))];
  return el("article", { "data-ts": one.ts, class: `${one.bot ? "bot" : ""} ${one.private ? "private" : ""}` },
    el("header", {}, el("b", {}, one.author), one.bot ? el("span", { class: "badge" }, "APP") : null, " ",
      el("time", {}, clock), ...marks.map((mark) => el("em", {}, mark))),
    ...body,
    replies.length ? el("details", { open: true }, el("summary", {}, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`),
      ...replies.map((reply) => entry(reply, []))) : null);
}

function drawHome() {
  at("title").textContent = `${picture.app}: Home`;
  at("composer").hidden = true;
  const home = picture.home;
  at("messages").replaceChildren(...(home ? blocks(home.blocks, reader(), handsOn({ view: home.id }))
    : [el("p", { class: "quiet" }, `${picture.app} has put nothing here yet. In a channel, type /proxy help.`)]));
}

function drawModal() {
  const dialog = at("modal"), modal = picture.modal;
  if (!modal) { picked.clear(); if (dialog.open) dialog.close(); return; }
  if (dialog.dataset.hash === modal.id + modal.hash + JSON.stringify(modal.errors) && dialog.open) return;
  dialog.dataset.hash = modal.id + modal.hash + JSON.stringify(modal.errors);
  const form = el("form", {}, el("h2", {}, modal.title?.text || ""), ...blocks(modal.blocks, reader(), handsOn({ view: modal.id }), modal.errors),
    el("div", { class: "actions" }, button(modal.close?.text || "Cancel", () => act({ what: "dismiss" })),
      modal.submit ? el("button", { class: "primary" }, modal.submit.text) : null));
  form.addEventListener("submit", (event) => { event.preventDefault(); act({ what: "submit", answers: Object.fromEntries(picked) }); });
  const focused = dialog.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  dialog.replaceChildren(form);
  for (const [action, value] of picked) { // what was filled in stays, whatever is drawn anew around it
    const field = form.querySelector(`[data-action="${action}"]`);
    if (field) field.value = value.text?.text ?? value;
  }
  if (!dialog.open) dialog.showModal();
  form.querySelector(`[data-action="${focused}"]`)?.focus();
}

const button = (words, does) => {
  const node = el("button", { type: "button" }, words);
  node.addEventListener("click", does);
  return node;
};

// -- what hands do on a message or a view --------------------------------------------------------------------------

const handsOn = (surface) => ({
  click: async (block, element, option) => {
    if (element.confirm && !(await confirmed(element.confirm))) return;
    await act({ what: "click", ...surface, block: block.block_id, action: element.action_id, option });
  },
  pick: (block, element, value) => {
    picked.set(element.action_id, value);
    if (block.dispatch_action && typeof value !== "string") return handsOn(surface).click(block, element, value);
  },
  suggest: async (block, element, typed) => (await act({ what: "suggest", ...surface, action: element.action_id, typed })).options || [],
});

function confirmed(asked) {
  const dialog = at("confirm");
  return new Promise((settle) => {
    const answer = (yes) => () => { dialog.close(); settle(yes); };
    dialog.replaceChildren(el("h2", {}, asked.title.text), el("p", {}, ...mrkdwn(asked.text.text, reader())),
      el("div", { class: "actions" }, button(asked.deny.text, answer(false)), button(asked.confirm.text, answer(true))));
    dialog.oncancel = () => settle(false);
    dialog.showModal();
  });
}

// -- the keyboard --------------------------------------------------------------------------------------------------

at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = at("typed").value.trim();
  if (!words) return;
  typedBefore.push(words);
  at("typed").value = "";
  at("messages").scrollTop = at("messages").scrollHeight;
  await act({ what: "type", channel: shown, text: words });
});

at("typed").addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !at("typed").value && typedBefore.length) at("typed").value = typedBefore.at(-1);
});
at("modal").addEventListener("cancel", (event) => { event.preventDefault(); act({ what: "dismiss" }); });

document.addEventListener("keydown", (event) => {
  const person = event.altKey && at("people").children[Number(event.key) - 1];
  if (person) { event.preventDefault(); become(person.dataset.person); }
  if (event.key === "/" && document.activeElement === document.body) { event.preventDefault(); at("typed").focus(); at("typed").value = "/"; }
});

begin();
