// Block Kit as nodes: every block and element that the bot sends; of any other one it says so.
// https://docs.slack.dev/reference/block-kit

import { el, mrkdwn } from "./mrkdwn.js";

const text = (object, reader) =>
  !object ? [] : object.type === "mrkdwn" ? mrkdwn(object.text, reader) : [object.text];

const unknown = (kind, type) => el("p", { class: "unknown" }, `(${kind} of the type ${type}, which this page does not show)`);

// `hands` does what is clicked: click(block, element, option), suggest(block, element, typed).
export const blocks = (list, reader, hands, errors = {}) => list.map((block) => {
  const node = (BLOCKS[block.type] || ((given) => unknown("a block", given.type)))(block, reader, hands);
  if (errors[block.block_id]) node.append(el("p", { class: "error", role: "alert" }, errors[block.block_id]));
  return node;
});

const BLOCKS = {
  section: (block, reader, hands) => el("section", {},
    el("div", { class: "words" }, el("p", {}, ...text(block.text, reader)),
      block.fields ? el("div", { class: "fields" }, ...block.fields.map((field) => el("p", {}, ...text(field, reader)))) : null),
    block.accessory ? element(block, block.accessory, reader, hands) : null),
  header: (block, reader) => el("h3", {}, ...text(block.text, reader)),
  divider: () => el("hr"),
  actions: (block, reader, hands) => el("div", { class: "actions" }, ...block.elements.map((one) => element(block, one, reader, hands))),
  context: (block, reader) => el("p", { class: "context" }, ...block.elements.flatMap((one) =>
    one.type === "image" ? [`(image: ${one.alt_text}) `] : [...text(one, reader), " "])),
  image: (block) => el("p", { class: "unknown" }, `(image: ${block.alt_text})`),
  input: (block, reader, hands) => el("label", { class: "input" },
    el("span", {}, ...text(block.label, reader), block.optional ? " (optional)" : ""),
    element(block, block.element, reader, hands),
    block.hint ? el("small", {}, ...text(block.hint, reader)) : null),
};

const element = (block, one, reader, hands) =>
  (ELEMENTS[one.type] || (() => unknown("an element", one.type)))(block, one, reader, hands);

const ELEMENTS = {
  button: (block, one, reader, hands) => {
    const node = el("button", { type: "button", class: one.style || "", "data-action": one.action_id }, ...text(one.text, reader));
    if (one.accessibility_label) node.setAttribute("aria-label", one.accessibility_label);
    node.addEventListener("click", () => hands.click(block, one));
    return node;
  },
  static_select: (block, one, reader, hands) => select(block, one, reader, hands),
  overflow: (block, one, reader, hands) => select(block, { ...one, placeholder: { type: "plain_text", text: "⋯" } }, reader, hands),
  external_select: (block, one, reader, hands) => {
    const offered = el("datalist", { id: `${block.block_id}/${one.action_id}` });
    const node = el("input", { list: offered.id, "data-action": one.action_id, placeholder: one.placeholder?.text });
    const choices = new Map();
    node.addEventListener("input", async () => {
      if (!choices.has(node.value)) {
        for (const option of await hands.suggest(block, one, node.value)) choices.set(option.text.text, option);
        offered.replaceChildren(...[...choices].map(([value, each]) => el("option", { value, label: each.description?.text })));
      }
      if (choices.has(node.value)) hands.pick(block, one, choices.get(node.value));
    });
    return el("span", { class: "typeahead" }, node, offered);
  },
  plain_text_input: (block, one, reader, hands) => {
    const tag = one.multiline ? "textarea" : "input";
    const node = el(tag, { "data-action": one.action_id, placeholder: one.placeholder?.text, maxlength: one.max_length });
    node.value = one.initial_value || "";
    node.addEventListener("input", () => hands.pick(block, one, node.value));
    return node;
  },
};

function select(block, one, reader, hands) {
  const every = (one.option_groups || [{ options: one.options || [] }]).flatMap((group) => group.options);
  const node = el("select", { "data-action": one.action_id, "aria-label": one.placeholder?.text },
    el("option", { value: "" }, one.placeholder?.text || "choose"),
    ...every.map((option) => el("option", { value: option.value }, option.text.text)));
  node.value = one.initial_option?.value || "";
  node.addEventListener("change", () => node.value && hands.click(block, one, node.value));
  return node;
}
