// The panel beside the workspace: each open port as HAProxy itself tells of it.

import { el } from "./mrkdwn.js";

const longest = new Map(); // by port and address: the most time it ever had left, which the bar is full at

export async function look(panel) {
  if (document.hidden) return;
  try {
    const answer = await fetch("/ports");
    const open = await answer.json();
    if (!answer.ok) throw new Error(open.error);
    draw(panel, open);
  } catch (error) {
    panel.replaceChildren(el("p", { class: "quiet" }, `HAProxy does not answer (${error.message})`));
  }
}

function draw(panel, open) {
  const known = new Map([...panel.querySelectorAll("article")].map((card) => [card.dataset.port, card]));
  if (!open.length) panel.replaceChildren(el("p", { class: "quiet" }, "No port is open."));
  else panel.replaceChildren(...open.map((port) => refresh(known.get(String(port.port)) || card(port), port)));
}

function card(port) {
  const [line, answer] = [el("input", { "aria-label": `Line for port ${port.port}`, value: "hello" }), el("output")];
  const form = el("form", {}, line, el("button", {}, "Send a line"), answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.textContent = "…";
    const sent = await fetch("/line", post({ port: port.port, line: line.value }));
    answer.textContent = (await sent.json()).answer;
  });
  return el("article", { "data-port": port.port }, el("h3", {}, `:${port.port}`), el("p", { class: "leads" }),
    el("progress", { max: 1, "aria-label": "Time left" }), el("p", { class: "left" }), el("dl"), form);
}

function refresh(node, port) {
  const left = Math.max(0, port.until - Date.now() / 1000);
  const key = `${port.port} ${port.address}`;
  longest.set(key, Math.max(left, longest.get(key) || 0));
  node.querySelector(".leads").textContent = `→ ${port.address}`;
  node.querySelector("progress").value = left / (longest.get(key) || 1);
  node.querySelector(".left").textContent = `${time(left)} left`;
  node.querySelector("dl").replaceChildren(...Object.entries({
    "may connect": port.sources.join(", "), "connected now": port.sessions, "connections": port.connections,
    "to the pod": bytes(port.bytes_in), "from the pod": bytes(port.bytes_out),
  }).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]));
  return node;
}

export const post = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

const time = (seconds) => {
  const parts = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]].map(([unit, size], index, all) =>
    [unit, Math.floor((index ? seconds % all[index - 1][1] : seconds) / size)]);
  return parts.filter(([, count]) => count).slice(0, 2).map(([unit, count]) => count + unit).join(" ") || "0s";
};
const bytes = (count) => (count < 1024 ? `${count} B` : count < 1048576 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1048576).toFixed(1)} MiB`);
