// On a phone the panels are tabs; on a wide screen all are in view and there are no tabs.

import { byId } from "./elements.js";

const NAMES = ["chat", "second", "calendar", "ledger"];

// Something has happened in a part that may be out of view.
export function markNews(name) {
  if (document.body.dataset.tab !== name) byId(`tab-${name}`)?.classList.add("news");
}

export function setUpTabs() {
  const tabs = NAMES.map((name) => byId(`tab-${name}`));
  const narrow = matchMedia("(max-width: 899px)");

  const select = (name) => {
    document.body.dataset.tab = name;
    for (const tab of tabs) {
      const isChosen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
    }
    byId(`tab-${name}`).classList.remove("news");
  };
  const nameRoles = () => {
    for (const name of NAMES) {
      const panel = byId(`panel-${name}`);
      if (narrow.matches) panel.setAttribute("role", "tabpanel");
      else panel.removeAttribute("role");
    }
  };

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(NAMES[index]));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = (index + step + NAMES.length) % NAMES.length;
      select(NAMES[next]);
      tabs[next].focus();
    });
  });
  narrow.addEventListener("change", nameRoles);
  nameRoles();
}
