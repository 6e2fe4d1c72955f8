/** Markdown as the blocks of BlockNote, the editor whose JSON other programs read too. */
import { marked, type Token, type Tokens } from "marked";

export type Styles = { bold?: true; italic?: true; strike?: true; code?: true };
export type Inline = { type: "text"; text: string; styles: Styles } | { type: "link"; href: string; content: Inline[] };
export type Block = { type: string; props?: Record<string, unknown>; content?: unknown; children?: Block[] };

const MAX_PARSED = 100_000;
/** Thirty quotes or lists, one within another, on one line. */
const TOO_DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){30}/m;

const text = (words: string, styles: Styles): Inline[] => (words ? [{ type: "text", text: words, styles }] : []);
const paragraph = (words: string): Block => ({ type: "paragraph", content: text(words, {}) });

const STYLES: Record<string, Styles> = { strong: { bold: true }, em: { italic: true }, del: { strike: true } };

function inlineOf(tokens: readonly Token[], styles: Styles = {}): Inline[] {
  return tokens.flatMap((token): Inline[] => {
    if (token.type === "link") return [{ type: "link", href: (token as Tokens.Link).href, content: inlineOf(token.tokens ?? [], styles) }];
    if (token.type === "image") return text(token.raw, styles);
    if (token.type === "codespan") return text((token as Tokens.Codespan).text, { ...styles, code: true });
    if (token.type === "br") return text("\n", styles);
    if ("tokens" in token && token.tokens) return inlineOf(token.tokens, { ...styles, ...STYLES[token.type] });
    return text((token as Tokens.Text).text ?? token.raw, styles);
  });
}

function itemOf(item: Tokens.ListItem, list: Tokens.List): Block {
  // What an item says comes first; what is below it are its children.
  const tokens = item.tokens.filter(({ type }) => type !== "checkbox");
  const [first, ...rest] = tokens;
  const isText = first?.type === "text" || first?.type === "paragraph";
  const type = item.task ? "checkListItem" : list.ordered ? "numberedListItem" : "bulletListItem";
  return {
    type,
    ...(item.task && { props: { checked: Boolean(item.checked) } }),
    content: isText ? inlineOf((first as Tokens.Text).tokens ?? [first]) : [],
    children: blocksIn(isText ? rest : tokens),
  };
}

function blockOf(token: Token): Block[] {
  switch (token.type) {
    case "space":
    case "def":
      return [];
    case "heading":
      return [{ type: "heading", props: { level: (token as Tokens.Heading).depth }, content: inlineOf(token.tokens ?? []) }];
    case "code":
      return [
        { type: "codeBlock", props: { language: (token as Tokens.Code).lang ?? "" }, content: text((token as Tokens.Code).text, {}) },
      ];
    case "list":
      return (token as Tokens.List).items.map((item) => itemOf(item, token as Tokens.List));
    case "blockquote":
      return blocksIn(token.tokens ?? []).map((block) => (block.type === "paragraph" ? { ...block, type: "quote" } : block));
    case "paragraph":
    case "text":
      return [{ type: "paragraph", content: inlineOf(token.tokens ?? [token]) }];
    default:
      // Tables, rules and HTML are kept as they were written.
      return [paragraph(token.raw.trimEnd())];
  }
}

const blocksIn = (tokens: readonly Token[]): Block[] => tokens.flatMap(blockOf);

/** The blocks of a text in Markdown; of one too long or too deep to read, its paragraphs as they are. */
export function blocksOf(markdown: string): Block[] {
  if (markdown.length > MAX_PARSED || TOO_DEEP.test(markdown)) return markdown.split(/\n{2,}/).map(paragraph);
  return blocksIn(marked.lexer(markdown));
}
