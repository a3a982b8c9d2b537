// Slack's mrkdwn as nodes: never as HTML, for what people type is in it.
// https://docs.slack.dev/messaging/formatting-message-text

export const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
};

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const plain = (text) => text.replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity]);

const PIECES = /```([^]+?)```|`([^`\n]+)`|<([^<>\n]+)>/g;
const MARKS = [["b", /(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])/], ["i", /(?<![\w_])_(?=\S)([^_\n]+)(?<=\S)_(?![\w_])/],
  ["s", /(?<![\w~])~(?=\S)([^~\n]+)(?<=\S)~(?![\w~])/]];

export function mrkdwn(text, reader) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(PIECES)) {
    nodes.push(...marked(text.slice(end, found.index)));
    end = found.index + found[0].length;
    if (found[1] !== undefined) nodes.push(copyable(el("pre", {}, plain(found[1].replace(/^\n|\n$/g, "")))));
    else if (found[2] !== undefined) nodes.push(copyable(el("code", {}, plain(unlinked(found[2], reader)))));
    else nodes.push(angled(found[3], reader));
  }
  return [...nodes, ...marked(text.slice(end))];
}

const unlinked = (text, reader) => text.replace(/<([^<>]+)>/g, (_, inner) => angled(inner, reader).textContent);

function copyable(node) {
  node.title = "Click to copy";
  node.addEventListener("click", () => navigator.clipboard?.writeText(node.textContent));
  return node;
}

function marked(text) {
  for (const [tag, mark] of MARKS) {
    const found = mark.exec(text);
    if (found) {
      const after = text.slice(found.index + found[0].length);
      return [...marked(text.slice(0, found.index)), el(tag, {}, ...marked(found[1])), ...marked(after)];
    }
  }
  return text ? [plain(text)] : [];
}

function angled(inner, reader) {
  const [target, label] = [inner.split("|")[0], inner.split("|").slice(1).join("|")];
  const named = (id, sign) => el("span", { class: "mention" }, sign + (reader.names[id] || plain(label) || id));
  if (target.startsWith("@")) return named(target.slice(1), "@");
  if (target.startsWith("#")) return named(target.slice(1), "#");
  if (target.startsWith("!subteam^")) return named(target.slice(9), "@");
  if (target.startsWith("!date^")) return date(target, plain(label), reader);
  if (target.startsWith("!")) return el("span", { class: "mention" }, "@" + target.slice(1));
  const shown = plain(label || target);
  return /^(https?|mailto):/.test(target) ? el("a", { href: plain(target), rel: "noreferrer" }, shown) : document.createTextNode(shown);
}

const DATES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};

function date(target, fallback, reader) {
  const [, seconds, template] = /^!date\^(-?\d+)\^([^^]*)/.exec(target) || [];
  const at = new Date(Number(seconds) * 1000);
  const shown = template?.replace(/\{(\w+)\}/g, (_, word) => token(word, at, reader) ?? "\0");
  return el("time", { title: fallback }, shown && !shown.includes("\0") ? shown : fallback);
}

function token(word, at, reader) {
  const pretty = word.endsWith("_pretty");
  const format = DATES[word.replace("_pretty", "")];
  if (!format) return null;
  const day = (moment) => moment.toLocaleDateString("en-CA", { timeZone: reader.tz });
  const near = { [day(new Date())]: "today", [day(new Date(Date.now() - 864e5))]: "yesterday", [day(new Date(Date.now() + 864e5))]: "tomorrow" };
  if (pretty && near[day(at)]) return near[day(at)];
  return at.toLocaleString("en-US", { ...format, timeZone: reader.tz });
}
