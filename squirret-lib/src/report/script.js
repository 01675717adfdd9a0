"use strict";
const [print, share] = ["print", "share"].map((id) => document.getElementById(id));
print.hidden = false;
print.onclick = () => window.print();
if (location.protocol.startsWith("http") && (navigator.share || navigator.clipboard)) {
  share.hidden = false;
  share.onclick = async () => {
    const link = { title: document.title, url: location.href };
    try {
      if (navigator.share) return await navigator.share(link);
      await navigator.clipboard.writeText(link.url);
      share.textContent += " \u2713";
    } catch { /* the person thought better of it */ }
  };
}
