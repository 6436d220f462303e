// A page that the browser kept for its back button is asked for anew: whoever left may not be shown again.
"use strict";
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
