/* Setting to work: what each page holds is set up once, also where a theme shows the next page without loading it. */

let leaving = [];

/** Listen until the next page is shown in place of this one. */
function listen(target, type, heard, options) {
  target.addEventListener(type, heard, options);
  leaving.push(() => target.removeEventListener(type, heard, options));
}

/** Do something when this page is left for the next one. */
function onLeave(undo) {
  leaving.push(undo);
}

function setUp() {
  leaving.forEach((leave) => leave());
  leaving = [];
  const fresh = (selector, make) =>
    document.querySelectorAll(selector).forEach((element) => {
      if (element.dataset.ready) return;
      element.dataset.ready = "yes";
      make(element);
    });
  fresh(".mst-timeline", setUpTimeline);
  fresh(".mst-views", setUpRoadmap);
  fresh(".mst-explorer", setUpExplorer);
  fresh(".mst-graph:not(.mst-live)", setUpGraph);
  fresh(".mst-heat", setUpHeat);
}

// Material announces each page that it shows without loading it.
if (typeof document$ !== "undefined") document$.subscribe(setUp);
else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", setUp);
else setUp();
