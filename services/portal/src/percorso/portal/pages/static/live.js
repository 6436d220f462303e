// Renews the timeline when something new is there. Without this script the page is the same, and still.
"use strict";
(() => {
  const TOGETHER_MS = 300; // several that arrive together are one renewal
  const AGAIN_MS = 15000;
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
  const ask = () => say(live.dataset.new, live.dataset.show);

  // Whoever reads in the list by keyboard, or has opened something there, must not lose their place.
  const isRead = () =>
    timeline.contains(document.activeElement) || timeline.querySelector("details[open]") !== null;

  // The page as it is now; null where it cannot be had. A session that has ended leads to the login.
  const fetched = async () => {
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (answer && answer.type === "opaqueredirect") location.reload();
    if (!answer || !answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const renew = async () => {
    waiting = null;
    const page = isRead() ? null : await fetched();
    const renewed = page && page.getElementById("timeline");
    if (!renewed || isRead()) return ask();
    timeline.replaceChildren(...renewed.childNodes);
    say(live.dataset.new);
  };

  const follow = () => {
    const source = new EventSource(live.dataset.stream);
    source.addEventListener("open", () => { if (!live.textContent) say(live.dataset.on); });
    source.addEventListener("touchpoint", () => {
      waiting = waiting || setTimeout(renew, TOGETHER_MS);
    });
    // A browser comes back by itself after a break, but not after a refusal.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(again, AGAIN_MS);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  const again = async () => {
    await fetched();
    follow();
  };
  follow();
})();
