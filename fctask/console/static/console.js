// Keeps what is marked with data-live as the server has it, and opens the dialogs.
// Nothing here builds markup from data: the server's own, escaped HTML is morphed in.
"use strict";

(() => {
  const banner = document.getElementById("banner");
  const said = document.getElementById("said");
  const versions = new Map(); // by id of a live part
  const due = new Map(); // when a live part is asked for next, in ms
  const EVERY = 1000; // ms
  const LONGEST_WAIT = 5000; // ms between two tries while there is no answer
  let troubles = 0;
  let telling = 0;

  function warn(sentence) {
    if (banner.textContent !== sentence) banner.textContent = sentence;
    banner.hidden = sentence === "";
  }

  // What changed in the tasks that are shown, for those who do not see it change.
  function statuses() {
    const rows = document.querySelectorAll("[data-task][data-status]");
    return new Map([...rows].map((row) => [row.dataset.task, row.dataset.status]));
  }

  function tell(before, after) {
    const sentences = [];
    const fresh = [...after.keys()].filter((id) => !before.has(id));
    if (before.size && fresh.length === 1) sentences.push(`New task ${fresh[0]}.`);
    if (before.size && fresh.length > 1) sentences.push(`${fresh.length} new tasks.`);
    const changed = [...after].filter(([id, now]) => before.has(id) && before.get(id) !== now);
    if (changed.length === 1) sentences.push(`${changed[0][0]} is ${changed[0][1]}.`);
    if (changed.length > 1) sentences.push(`${changed.length} tasks have changed.`);
    if (!sentences.length || Date.now() - telling < 2000) return;
    telling = Date.now();
    said.textContent = sentences.join(" ");
  }

  const callbacks = {
    // what the reader has opened stays open, and a dialog is the reader's business
    beforeAttributeUpdated: (name, node) =>
      !(name === "open" && (node.tagName === "DETAILS" || node.tagName === "DIALOG")),
  };

  async function refresh(part) {
    const answer = await fetch(part.dataset.live, {
      headers: { "x-live": "1", "x-seen": versions.get(part.id) || "" },
      cache: "no-store",
      redirect: "error",
    });
    if (answer.status === 204) return;
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    const before = statuses();
    Idiomorph.morph(part, text, { morphStyle: "outerHTML", callbacks });
    versions.set(part.id, answer.headers.get("x-version"));
    tell(before, statuses());
  }

  async function look() {
    const now = Date.now();
    const parts = [...document.querySelectorAll("[data-live]")];
    const asked = parts.filter((part) => (due.get(part.id) || 0) <= now);
    const ended = await Promise.allSettled(asked.map(refresh));
    asked.forEach((part) => due.set(part.id, Date.now() + 1000 * (part.dataset.every || 1) - 50));
    const failed = ended.find((one) => one.status === "rejected");
    if (failed) {
      troubles += 1;
      const gone = failed.reason instanceof TypeError; // what fetch says when nobody answers
      warn(gone ? "The console has ended: start it again with `fctask console`." : failed.reason.message);
    } else if (asked.length) {
      troubles = 0;
      warn("");
    }
  }

  let waiting = 0;
  let looking = false;
  async function again() {
    clearTimeout(waiting);
    if (looking) return;
    if (document.visibilityState === "visible") {
      looking = true;
      try {
        await look();
      } finally {
        looking = false;
      }
    }
    waiting = setTimeout(again, Math.min(LONGEST_WAIT, EVERY * (1 + troubles)));
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") again();
  });
  if (document.querySelector("[data-live]")) again();

  // A click beside an open dialog is one on the dialog, and so is one on the dialog's own margin.
  function outside(event) {
    if (event.target.tagName !== "DIALOG") return false;
    const box = event.target.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right
      || event.clientY < box.top || event.clientY > box.bottom;
  }

  document.addEventListener("click", (event) => {
    const asking = event.target.closest("[data-dialog]");
    const dialog = asking && document.getElementById(asking.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    } else if (event.target.closest("[data-close]") || outside(event)) {
      event.target.closest("dialog").close();
    }
  });
})();
