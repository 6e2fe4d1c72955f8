/**
 * `/mailbox`: the mails of a trial, which nobody sends, as a page, and as JSON for
 * whoever asks for that. They hold links that sign in, so the page is given out on this
 * machine alone, under a local name (a foreign page could otherwise read it by rebinding
 * its DNS), and not through a proxy. In production there is none.
 */
import type { Request } from "express";
import { escapeHtml } from "../src/mail/letter.ts";
import type { KeptMail } from "../src/mail/mailbox.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      MailboxPlugin: true;
    }
  }
}

const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "::1"]);
const LOCAL_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;

/** By what the browser itself says: other headers a page may set. */
const isFromHere = ({ socket, headers }: Request): boolean =>
  LOCAL_NAMES.has((headers.host ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "")) &&
  LOCAL_ADDRESS.test(socket.remoteAddress ?? "") &&
  !headers["x-forwarded-for"] &&
  !headers["forwarded"];

/** The mail's own HTML runs nothing and loads nothing; its links open beside. */
const article = ({ recipient, subject, html, text, createdAt }: KeptMail) => `<article>
<h2>${escapeHtml(subject)}</h2>
<p>To <b>${escapeHtml(recipient)}</b>, <time datetime="${createdAt}">${createdAt.slice(0, 19).replace("T", " ")} UTC</time></p>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="${escapeHtml(subject)}" srcdoc="${escapeHtml(html.replace("<head>", '<head><base target="_blank">'))}"></iframe>
<details><summary>As text</summary><pre>${escapeHtml(text)}</pre></details>
</article>`;

const page = (mails: KeptMail[]) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mailbox · Relata</title><meta name="viewport" content="width=device-width">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 720px; margin: 32px auto; padding: 0 16px; color: #1b1f26 }
article { border: 1px solid #d8dce3; border-radius: 10px; padding: 16px; margin: 16px 0 }
h2 { margin: 0 } p { margin: 4px 0 12px; color: #5b6472 } iframe { width: 100%; height: 420px; border: 0 } pre { white-space: pre-wrap; word-break: break-all }
</style></head>
<body><h1>Mailbox</h1><p>What Relata would have sent: <code>EMAIL_DRIVER</code> is <code>logger</code>. The newest comes first; load again for what comes later.</p>
${mails.map(article).join("\n") || "<p>Nothing yet.</p>"}
</body></html>
`;

const HEADERS = {
  "cache-control": "no-store",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'",
};

export const MailboxPlugin: GraphileConfig.Plugin = {
  name: "MailboxPlugin",
  description: "The mails of a trial at /mailbox",
  version: "1.0.0",

  routes: {
    add(router, { mailbox }: Services) {
      if (!mailbox) return;
      router.get("/mailbox", async (req, res, next) => {
        if (!isFromHere(req)) return next();
        const { to } = req.query;
        const mails = await mailbox.list(typeof to === "string" ? to : undefined);
        res.set(HEADERS);
        if (req.accepts(["html", "json"]) === "json") res.json({ mails });
        else res.type("html").send(page(mails));
      });
    },
  },
};
