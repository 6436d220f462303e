// Renews the timeline when something new is there. Without this script the page is the same, and still.
"use strict";
(() => {
  const live = document.getElementById("live");
  const timeline = document.getElementById("timeline");
  let waiting = null;

  const say = (text, link) => {
    live.textContent = text;
    if (!link) return;
    const shown = document.createElement("a");
    shown.href = location.href;
    shown.textContent = link;
    live.append(" ", shown);
  };

  // Whoever is reading something in the list by keyboard must not lose their place.
  const isRead = () => timeline.contains(document.activeElement);

  const renew = async () => {
    waiting = null;
    if (isRead()) return say(live.dataset.new, live.dataset.show);
    const answer = await fetch(location.href, { redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload();
    if (!answer.ok) return say(live.dataset.new, live.dataset.show);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const renewed = page.getElementById("timeline");
    if (!renewed || isRead()) return say(live.dataset.new, live.dataset.show);
    timeline.replaceChildren(...renewed.childNodes);
    say(live.dataset.new);
  };

  const source = new EventSource(live.dataset.stream);
  source.addEventListener("open", () => { if (!live.textContent) say(live.dataset.on); });
  source.addEventListener("touchpoint", () => {
    // Several that arrive together are one renewal.
    waiting = waiting || setTimeout(renew, 300);
  });
  addEventListener("pagehide", () => source.close());
})();
