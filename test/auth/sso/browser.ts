/** A browser as far as signing in needs one: cookies by their rules, redirects by hand, forms that are sent on. */

type Cookie = { value: string; sameSite: string };
export type Step = { url: string; status: number; location: string | undefined; headers: Headers; text: string };

export class Browser {
  readonly #cookies = new Map<string, Map<string, Cookie>>();

  /** All that this browser keeps for an address. */
  cookiesOf(url: string): string[] {
    return [...(this.#cookies.get(new URL(url).host)?.entries() ?? [])].map(([name, { value }]) => `${name}=${value}`);
  }

  /** One request. A `post` that comes from another site takes no Lax cookie along. */
  async go(
    url: string,
    { post, from = url, accept = "application/json" }: { post?: Record<string, string>; from?: string; accept?: string } = {},
  ): Promise<Step> {
    const { host } = new URL(url);
    const isCrossSite = new URL(from).host !== host;
    const cookies = [...(this.#cookies.get(host)?.entries() ?? [])].filter(
      ([, { sameSite }]) => !(post && isCrossSite && sameSite !== "None"),
    );
    const response = await fetch(url, {
      redirect: "manual",
      method: post ? "POST" : "GET",
      headers: {
        accept,
        ...(cookies.length && { cookie: cookies.map(([name, { value }]) => `${name}=${value}`).join("; ") }),
        ...(post && { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(post && { body: new URLSearchParams(post).toString() }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(host, line);
    const location = response.headers.get("location");
    return {
      url,
      status: response.status,
      location: location === null ? undefined : new URL(location, url).href,
      headers: response.headers,
      text: await response.text(),
    };
  }

  #keep(host: string, line: string): void {
    const [pair = "", ...attributes] = line.split(/; */);
    const [name = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const has = (attribute: string) => attributes.some((one) => one.toLowerCase() === attribute);
    if (name.startsWith("__Host-") && !(has("secure") && has("path=/") && !attributes.some((one) => /^domain=/i.test(one)))) {
      throw new Error(`a browser would not keep ${line}`);
    }
    const jar = this.#cookies.get(host) ?? new Map<string, Cookie>();
    this.#cookies.set(host, jar);
    if (has("max-age=0")) jar.delete(name);
    else jar.set(name, { value, sameSite: /^samesite=(.*)$/i.exec(attributes.find((one) => /^samesite=/i.test(one)) ?? "")?.[1] ?? "Lax" });
  }

  /** Follows redirects, and the forms of `action`s, until `stop` says so or there is no way on. */
  async follow(url: string, stop: (location: string) => boolean = () => false): Promise<Step> {
    let step = await this.go(url);
    for (let count = 0; count < 20; count++) {
      if (step.location !== undefined) {
        if (stop(step.location)) return step;
        step = await this.go(step.location, { from: step.url });
        continue;
      }
      const form = formOf(step.text);
      if (!form || stop(form.action)) return step;
      step = await this.go(form.action, { post: form.fields, from: step.url });
    }
    throw new Error("too many steps");
  }
}

const plain = (html: string): string =>
  html
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/** The form of a page that sends itself. */
export function formOf(html: string): { action: string; fields: Record<string, string> } | undefined {
  const action = /<form[^>]*action="([^"]*)"/i.exec(html)?.[1];
  if (!action) return undefined;
  const inputs = [...html.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/gi)];
  return { action: plain(action), fields: Object.fromEntries(inputs.map(([, name, value]) => [plain(name!), plain(value!)])) };
}
