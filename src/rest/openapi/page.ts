/** The page at `/rest/docs`: Scalar over the caller's own documents. Everything it loads is this server's. */
import { signInScript } from "../../demoSignIn.ts";

/** What Scalar could ask of others (fonts, a proxy, statistics, an assistant) is turned off; the policy would stop it, too. */
const CONFIGURATION = {
  sources: [
    { title: "Records", slug: "records", url: "/rest/open-api/core", default: true },
    { title: "Data model", slug: "data-model", url: "/rest/open-api/metadata" },
  ],
  telemetry: false,
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
  documentDownloadType: "json",
  defaultOpenFirstTag: true,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
};

const STYLE = `
  body { margin: 0; font-family: system-ui, sans-serif; }
  #who { display: flex; gap: 8px; align-items: center; padding: 8px 16px; border-bottom: 1px solid #ddd; font-size: 14px; }
  #who[hidden] { display: none; }
  #who input { flex: 1; max-width: 480px; padding: 4px 8px; font: inherit; }
  #who button { padding: 4px 12px; font: inherit; }
`;

const FORM = `<form id="who" hidden>
  <label for="token">API key or access token</label>
  <input id="token" type="password" autocomplete="off" required>
  <button>Show my workspace</button>
</form>`;

/** The token is in the page's memory alone: it is gone with the page. */
const script = (token: string | undefined): string => `
  const configuration = ${JSON.stringify(CONFIGURATION)};
  let token = ${JSON.stringify(token ?? "")};
  const show = () => Scalar.createApiReference("#app", {
    ...configuration,
    authentication: { preferredSecurityScheme: "bearer", securitySchemes: { bearer: { token } } },
  });
  const form = document.querySelector("#who");
  form.hidden = token !== "";
  let shown = show();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token = document.querySelector("#token").value.trim();
    const plain = window.fetch;
    window.fetch = (input, init = {}) => {
      const asked = input instanceof Request ? input : undefined;
      const headers = new Headers(init.headers ?? asked?.headers);
      const isOurs = new URL(asked?.url ?? input, location).origin === location.origin;
      if (isOurs && !headers.has("authorization")) headers.set("authorization", "Bearer " + token);
      return plain(input, { ...init, headers });
    };
    form.hidden = true;
    shown?.destroy?.();
    shown = show();
  });
`;

export const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    // Scalar writes styles as it runs; they reach nothing but what the other lines allow.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

export const pageOf = (nonce: string, scriptPath: string, token: string | undefined): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relata: REST API</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${FORM}
<div id="app"></div>
<script nonce="${nonce}">${token ? signInScript(token) : ""}</script>
<script nonce="${nonce}" src="${scriptPath}"></script>
<script nonce="${nonce}">${script(token)}</script>
</body>
</html>
`;
